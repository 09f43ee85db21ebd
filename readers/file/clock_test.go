package file

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/readers/file/watch"
	"logskiff/readers/readertest"
	"logskiff/record"
)

// set sets the wall clock, and what files are dated with from now on.
func (g *rig) set(by time.Duration) { g.skew.Add(int64(by)) }

// date gives a file the time that the wall clock shows.
func (g *rig) date(name string) {
	g.t.Helper()
	at := g.wall()
	g.do(os.Chtimes(g.path(name), at, at))
}

var clockSteps = []struct {
	name string
	by   time.Duration
}{{"an hour back", -time.Hour}, {"a day forward", 24 * time.Hour}, {"not at all", 0}}

// What waits goes on waiting as long as it did, whichever way the clock is set.
func TestScenario36AStepOfTheClockDelaysNothing(t *testing.T) {
	for _, step := range clockSteps {
		for _, files := range []int{1, 400, 3000} {
			for _, events := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%d files/events %v", step.name, files, events), func(t *testing.T) {
					g := newRig(t)
					if events {
						g.withHub()
					}
					var want []string
					for i := range files {
						old := fmt.Sprintf("old %d", i)
						g.do(os.WriteFile(g.path(fmt.Sprintf("a%04d.log", i)), []byte(old+"\n"), 0o644))
						want = append(want, old)
					}
					g.touched()
					g.start()
					g.step()
					g.set(step.by)
					g.look()

					g.write("new.log", "new\n")
					g.date("new.log")
					g.write("a0000.log", "more\n")
					g.rename("a0000.log", "a0000.log.1")
					g.write("a0000.log", "next\n")
					g.date("a0000.log")
					g.step()
					want = append(want, "new", "more", "next")
					g.wantSet(want...)

					g.write("a0000.log.1", "the last line, without an end")
					g.rename("a0000.log.1", "a0000.log.2") // and nobody writes to it any more
					g.after(lastLineWait + 3*time.Second)
					g.wantSet(append(want, "the last line, without an end")...)
					g.noLoss()
				})
			}
		}
	}
}

// Groups are handed out when their file was idle, by no clock that can be set.
func TestScenario36IdleGroupsComeInTime(t *testing.T) {
	for _, step := range clockSteps {
		t.Run(step.name, func(t *testing.T) {
			g := newGroupRig(t)
			g.write("a.log", "1\n 2\n")
			g.start()
			g.fill()
			g.set(step.by)
			g.after(3 * time.Second)
			g.want("1\n 2")
		})
	}
}

// A content that came and went while nobody looked is older than the one before it, by
// the clock, when that was set back between.
func TestScenario36ARotationAfterTheClockWasSetBackIsNotLost(t *testing.T) {
	for _, away := range []bool{false, true} {
		t.Run(fmt.Sprintf("away %v", away), func(t *testing.T) {
			g := newRig(t)
			g.elapse(-time.Hour) // so that files' real times do not hide it
			g.write("app.log", "A\n")
			g.date("app.log")
			g.start()
			g.step()
			g.want("A")
			if away {
				g.close()
			}
			g.set(-time.Hour)
			if !away {
				g.look()
			}
			g.rename("app.log", "app.log.2")
			g.write("app.log.1", "B\n")
			g.date("app.log.1")
			g.write("app.log", "C\n")
			g.date("app.log")
			if away {
				g.start()
			}
			g.wait()
			g.wantSet("A", "B", "C")
			g.noLoss()
		})
	}
}

// What copytruncate leaves is older than its original was, by the clock.
func TestScenario36ACopyAfterTheClockWasSetBackIsFound(t *testing.T) {
	g := newRig(t)
	g.write("app.log", "1\n")
	g.date("app.log")
	g.start()
	g.step()
	g.set(-time.Hour)
	g.look()
	g.write("app.log", "2\n")
	g.copy("app.log", "app.log.1")
	g.date("app.log.1")
	g.truncate("app.log")
	g.write("app.log", "3\n")
	g.date("app.log")
	g.wait()
	g.wantSet("1", "2", "3")
	g.noLoss()
}

// What was written before the clock was set is not old because it was set.
func TestScenario36IgnoreOlderIsNotFooledByAStep(t *testing.T) {
	for _, step := range clockSteps {
		t.Run(step.name, func(t *testing.T) {
			g := newRig(t)
			g.cfg.IgnoreOlder = conf.Duration(30 * time.Minute)
			g.start()
			g.write("before.log", "before\n")
			g.date("before.log")
			g.write("old.log", "old\n")
			old := g.wall().Add(-48 * time.Hour)
			g.do(os.Chtimes(g.path("old.log"), old, old))
			g.set(step.by)
			g.write("after.log", "after\n")
			g.date("after.log")
			g.step()
			g.wantSet("before", "after")
		})
	}
}

// A clock that jumps, at a start or later, makes nobody forget what was read.
func TestScenario36AJumpForgetsNothing(t *testing.T) {
	for _, when := range []string{"at the start", "later"} {
		t.Run(when, func(t *testing.T) {
			g := newRig(t)
			g.write("a.log", "1\n")
			g.start()
			g.step()
			g.remove("a.log")
			g.wait()
			if when == "at the start" {
				g.close()
				g.set(10 * 24 * time.Hour)
				g.start()
				g.step()
				g.set(-10 * 24 * time.Hour) // it is put right
			} else {
				g.set(10 * 24 * time.Hour)
			}
			g.elapse(2 * time.Hour)
			g.step()
			if n := len(g.reg.Checkpoints()); n != 1 {
				t.Fatalf("%d streams are remembered of one whose file is gone for some hours", n)
			}
			g.elapse(keepGone + time.Hour)
			g.step()
			if n := len(g.reg.Checkpoints()); n != 0 {
				t.Fatalf("%d streams are remembered of one whose file is gone for a week", n)
			}
		})
	}
}

// The age of what waits is a difference of monotonic times.
func TestScenario36LagDoesNotJump(t *testing.T) {
	g := newRig(t)
	g.hold = true
	g.write("a.log", "1\n")
	g.start()
	g.fill()
	g.set(24 * time.Hour)
	g.after(10 * time.Second)
	if age := g.wall().Sub(g.status("a.log").Oldest); age < 9*time.Second || age > 15*time.Second {
		t.Fatalf("a line that waits for 10 s is said to wait for %v", age)
	}
}

// Suspended, the monotonic clock stands still and the wall clock does not: to a reader
// that is a step forward. A clock that drifts is none.
func TestScenario36SuspendAndDrift(t *testing.T) {
	now, wall := int64(time.Hour), time.Now()
	c := newClock(func() time.Time { return wall }, func() int64 { return now })
	log := slog.New(slog.DiscardHandler)
	c.look(log)
	file := wall.UnixNano()
	for range 3600 { // drifting by 500 ppm for an hour
		now += int64(time.Second)
		wall = wall.Add(time.Second + 500*time.Microsecond)
		c.look(log)
	}
	if c.set {
		t.Fatal("drift is taken for a step")
	}
	if age := time.Duration(c.age(file)); age < time.Hour {
		t.Fatalf("a file of an hour ago is %v old", age)
	}
	wall = wall.Add(8 * time.Hour)
	c.look(log)
	if age := time.Duration(c.age(file)); !c.set || age < time.Hour || age > time.Hour+time.Minute {
		t.Fatalf("a file of an hour before a night's suspend is %v old", age)
	}
	if c.since(file) != file {
		t.Fatal("a step forward changed since when contents are looked for")
	}
	back := wall.Add(-8 * time.Hour).UnixNano()
	wall = time.Unix(0, back)
	c.look(log)
	if got := c.since(back + int64(time.Hour)); got != back {
		t.Fatalf("what was dated before the clock was set back counts from %v, want %v", time.Unix(0, got), wall)
	}
	if old := back - int64(time.Hour); c.since(old) != old {
		t.Fatal("what is older than any step is not as it was")
	}
}

// Run itself: with many files a look takes long, and the next is put off for a moment.
func TestScenario36RunGoesOn(t *testing.T) {
	for _, step := range clockSteps {
		for _, events := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/events %v", step.name, events), func(t *testing.T) {
				dir := t.TempDir()
				for i := range 400 {
					if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.log", i)), []byte("x\n"), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				cfg := Default()
				cfg.Paths, cfg.StartAt = []string{filepath.Join(dir, "*.log")}, "end"
				cfg.PollInterval = conf.Duration(50 * time.Millisecond)
				var skew atomic.Int64
				env := Env{
					Log: slog.New(slog.DiscardHandler), Registry: readertest.NewRegistry(), Origin: &record.Origin{},
					Now: func() time.Time { return time.Now().Add(time.Duration(skew.Load())) },
				}
				ctx, cancel := context.WithCancel(t.Context())
				var running sync.WaitGroup
				defer running.Wait()
				defer cancel()
				if events {
					env.Hub = watch.New(env.Log)
					running.Go(func() { _ = env.Hub.Run(ctx) })
				}
				r, err := New(cfg, env)
				if err != nil {
					t.Fatal(err)
				}
				r.disk.Patience = time.Minute // the machine of a test can be busy
				running.Go(func() { _ = r.Run(ctx) })
				probe(t, &live{r: r, dir: dir})
				skew.Store(int64(step.by))
				if err := os.WriteFile(filepath.Join(dir, "new.log"), []byte("new\n"), 0o644); err != nil {
					t.Fatal(err)
				}
				late := time.After(time.Minute)
				for {
					select {
					case <-r.Ready():
					case <-late:
						t.Fatal("a new file was not found within a minute")
					}
					b := new(record.Batch)
					if r.Fill(b, record.Limits{Bytes: 1 << 20, Lines: 100, Segments: 10}); len(b.Records) > 0 {
						return
					}
				}
			})
		}
	}
}
