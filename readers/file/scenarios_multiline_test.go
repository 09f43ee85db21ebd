package file

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/readers/lines"
	"logskiff/record"
)

func newGroupRig(t testing.TB) *rig {
	g := newRig(t)
	g.cfg.Multiline.Preset = "java"
	return g
}

func TestScenario24TheLastGroupIsSentAfterTheIdleTime(t *testing.T) {
	g := newGroupRig(t)
	g.write("a.log", "1\n\tat x\n2\n")
	g.start()
	g.fill()
	g.want("1\n\tat x")
	g.write("a.log", "\tat y\n")
	g.look() // a second later it has grown
	g.fill()
	g.look()
	g.fill()
	g.want("1\n\tat x")
	g.after(2 * time.Second)
	g.want("1\n\tat x", "2\n\tat y")
	g.write("a.log", "\tat late\n3\n")
	g.after(4 * time.Second)
	g.want("1\n\tat x", "2\n\tat y", "\tat late", "3")
}

func TestScenario24AGroupThatGoesOnBeingWrittenIsNotSplit(t *testing.T) {
	g := newGroupRig(t)
	want := "1"
	g.write("a.log", "1\n")
	g.start()
	for i := range 20 {
		g.after(time.Second)
		line := fmt.Sprintf("\n\tat %d", i)
		want += line
		g.write("a.log", line[1:]+"\n")
	}
	g.want()
	g.after(4 * time.Second)
	g.want(want)
}

func TestScenario24HalfALineDoesNotHoldTheGroupBeforeIt(t *testing.T) {
	g := newGroupRig(t)
	g.write("a.log", "1\n\tat x\n2 ha")
	g.start()
	g.after(5 * time.Second)
	g.want("1\n\tat x")
	g.write("a.log", "lf\n")
	g.after(5 * time.Second)
	g.want("1\n\tat x", "2 half")
}

// What was sent because the file was idle stays one record, with the same bytes, when
// the agent is killed before it is acknowledged and the file grows.
func TestScenario24TheSamePlaceNamesTheSameGroupAfterAKill(t *testing.T) {
	g := newGroupRig(t)
	g.write("a.log", "0\n1\n\tat x\n")
	g.start()
	g.fill()
	g.hold = true
	g.after(5 * time.Second)
	g.want("0", "1\n\tat x")
	if g.reg.DurableUpdates != 1 {
		t.Fatalf("the cut was stored %d times", g.reg.DurableUpdates)
	}
	g.kill()
	g.write("a.log", "\tat late\n2\n")
	g.hold = false
	g.start()
	g.after(5 * time.Second)
	g.want("0", "1\n\tat x", "1\n\tat x", "\tat late", "2")
}

// A second cut waits until what is before the first is acknowledged.
func TestScenario24OneCutIsOutstandingAtMost(t *testing.T) {
	g := newGroupRig(t)
	g.write("a.log", "1\n")
	g.start()
	g.hold = true
	g.after(5 * time.Second)
	g.write("a.log", "2\n")
	g.after(5 * time.Second)
	g.want("1")
	g.hold = false
	g.release()
	g.after(2 * time.Second)
	g.want("1", "2")
}

func TestHalfALineThatWasSentStaysTheSameAfterAKill(t *testing.T) {
	for _, preset := range []string{"", "java"} {
		g := newRig(t)
		if g.cfg.Multiline.Preset = preset; preset != "" {
			g.cfg.Multiline.Flush = conf.Duration(time.Hour)
		}
		g.write("a.log", "0\n\thalf")
		g.start()
		g.step()
		g.rename("a.log", "a.log.1")
		g.step()
		g.hold = true
		g.after(10 * time.Second)
		n := len(g.out)
		g.kill()
		g.write("a.log.1", " whole\n1\n")
		g.hold = false
		g.start()
		g.wait()
		if preset == "" {
			if n != 2 {
				t.Fatalf("%d records before the kill", n)
			}
			g.want("0", "\thalf", "\thalf", " whole", "1")
		} else {
			g.want("0\n\thalf", "0\n\thalf", " whole", "1")
		}
	}
}

func TestTheLastGroupOfARotatedFileIsSent(t *testing.T) {
	for _, how := range []string{"rename", "remove", "gzip", "close"} {
		g := newGroupRig(t)
		g.cfg.Multiline.Flush = conf.Duration(time.Hour)
		g.write("a.log", "0\n1\n\tat x\n\tat half")
		g.start()
		g.step()
		g.want("0")
		switch how {
		case "rename":
			g.rename("a.log", "a.log.1")
		case "gzip":
			g.rename("a.log", "a.log.1")
			g.step()
			g.gzip("a.log.1")
		case "remove":
			g.remove("a.log")
		case "close":
			g.remove("a.log")
			g.look()
			g.close()
			g.start()
		}
		g.wait()
		g.want("0", "1\n\tat x\n\tat half")
		g.noLoss()
	}
}

func TestAGroupLongerThanAQuantumIsReadWhole(t *testing.T) {
	g := newGroupRig(t)
	g.cfg.Multiline.MaxBytes, g.cfg.Multiline.MaxLines = 4<<20, 1<<20
	g.limit.Bytes = 64 << 10
	line := "\tat com.example." + strings.Repeat("x", 83) + "\n"
	long := "1\n" + strings.Repeat(line, 30000) // 3 MB
	g.write("b.log", "0\n0\n")
	g.write("a.log", long+"2\n3\n")
	g.start()
	g.wait()
	g.wantSet("0", "0", long[:len(long)-1], "2", "3")
}

// A group that grows a line at a time is not read from its beginning for each.
func TestALongGroupIsNotReadAgainForEachLine(t *testing.T) {
	g := newGroupRig(t)
	g.cfg.Multiline.MaxLines = 1 << 20
	g.cfg.Multiline.Flush = conf.Duration(time.Hour)
	g.write("a.log", "1\n")
	g.start()
	line := "\tat " + strings.Repeat("x", 995) + "\n"
	turns, last := 0, int64(0)
	for range 900 {
		g.write("a.log", line)
		g.look()
		g.fill()
		for _, f := range g.r.files {
			if f.triedAt != last {
				turns, last = turns+1, f.triedAt
			}
		}
	}
	if turns < 70 || turns > 100 { // each of the first 65, then each time it is a quarter longer
		t.Fatalf("the group was read %d times", turns)
	}
	g.write("a.log", "2\n")
	g.after(2 * time.Hour / 100) // too early for the idle time
	if len(g.out) != 0 {
		t.Fatal("split")
	}
	g.cfg.Multiline.Flush = conf.Duration(2 * time.Second)
	g.r.cfg.Multiline.Flush = g.cfg.Multiline.Flush
	g.after(10 * time.Second)
	g.want("1\n"+strings.TrimSuffix(strings.Repeat(line, 900), "\n"), "2")
}

// traces returns the groups that readers/lines is tested with, without their last newline.
func traces(t *testing.T, name string) (groups []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "lines", "testdata", "multiline", name))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range strings.Split(string(text), "----8<----\n") {
		groups = append(groups, strings.TrimSuffix(g, "\n"))
	}
	return groups
}

// excerpt returns the texts of the records that a text is cut into at once.
func excerpt(t *testing.T, c Config, text string) (texts []string) {
	t.Helper()
	e, err := lines.NewExcerpt(c.Lines(), strings.NewReader(text), &record.Stream{})
	if err != nil {
		t.Fatal(err)
	}
	for b := newBatch(); e.Next(b, 1000) == nil; b.Reset() {
		for _, r := range b.Records {
			texts = append(texts, string(b.Bytes(r.Text)))
		}
	}
	return texts
}

// Whatever is written when, and however often the agent is killed, the records of a file
// are those of its whole text.
func TestGroupsAreTheSameHoweverAFileGrows(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	names := lines.Presets()
	for range 150 {
		preset := names[rnd.IntN(len(names))]
		file := strings.NewReplacer("kotlin", "java", "dotnet", "java").Replace(preset) + ".txt"
		all := traces(t, file)
		var text strings.Builder
		for range 1 + rnd.IntN(10) {
			text.WriteString(all[rnd.IntN(len(all))] + "\n")
		}
		c := Default()
		c.Multiline.Preset = preset
		c.Multiline.MaxLines = 1 + rnd.IntN(20)
		c.Multiline.MaxBytes = conf.Size(1024 << rnd.IntN(3))
		c.MaxLine = 1024
		c.Multiline.Flush = conf.Duration(time.Hour)
		want := excerpt(t, c, text.String())

		g := newRig(t)
		paths := g.cfg.Paths
		g.cfg = c
		g.cfg.Paths, g.cfg.StartAt = paths, "beginning"
		g.limit.Bytes = 1024 << rnd.IntN(8)
		g.limit.Lines = 1 + rnd.IntN(30)
		g.start()
		for rest := text.String(); rest != ""; {
			n := min(len(rest), 1+rnd.IntN(400))
			g.write("a.log", rest[:n])
			rest = rest[n:]
			if rnd.IntN(2) == 0 {
				g.step()
			}
			if rnd.IntN(4) == 0 {
				g.kill()
				g.start()
			}
		}
		g.step()
		g.r.cfg.Multiline.Flush = conf.Duration(2 * time.Second)
		g.wait()
		if !slices.Equal(g.texts(), want) {
			t.Fatalf("%s: got\n%q, want\n%q", preset, g.texts(), want)
		}
		g.sound()
		g.noLoss()
		g.kill()
	}
}

// With idle times, kills and records that are not acknowledged in between, groups are cut
// in other places, but an offset names one text, and every byte arrives.
func TestGroupsKeepTheirIdentityThroughIdleTimesAndKills(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	for range 150 {
		g := newGroupRig(t)
		g.limit.Lines = 1 + rnd.IntN(5)
		size := 0
		g.start()
		for range 40 {
			switch rnd.IntN(9) {
			case 0, 1, 2:
				text := []string{"1\n", "2 " + strings.Repeat("x", rnd.IntN(99)) + "\n", "\tat x\n", "half", "Caused by: x\n", "\n"}[rnd.IntN(6)]
				g.write("a.log", text)
				size += len(text)
			case 3:
				g.step()
			case 4:
				g.after(time.Duration(rnd.IntN(6)) * time.Second)
			case 5:
				g.hold = true
			case 6:
				g.hold = false
				g.release()
			case 7:
				g.kill()
				g.start()
			case 8:
				g.take1()
			}
		}
		g.hold = false
		g.release()
		g.write("a.log", "end\n")
		size += 4
		g.wait()
		sizes := map[int64]uint32{}
		for _, x := range g.out {
			sizes[x.rec.Offset] = x.rec.Size
		}
		at := int64(0)
		for at < int64(size) && sizes[at] > 0 {
			at += int64(sizes[at])
		}
		if at != int64(size) {
			t.Fatalf("arrived up to %d of %d: %q", at, size, g.texts())
		}
		g.sound()
		g.noLoss()
		g.kill()
	}
}

func TestFlushWakesRunInTime(t *testing.T) {
	g := newGroupRig(t)
	g.cfg.PollInterval = conf.Duration(time.Hour)
	g.write("a.log", "1\n")
	g.start()
	g.fill()
	if next := g.r.look(); next > 2*time.Second {
		t.Fatalf("the next look is %v later", next)
	}
	g.elapse(2 * time.Second)
	g.r.look()
	g.fill()
	g.want("1")
	if len(g.r.grouping) > 0 {
		g.r.look()
	}
	if next := g.r.look(); len(g.r.grouping) > 0 || next < time.Minute {
		t.Fatalf("%d files are still watched, next look %v", len(g.r.grouping), next)
	}
}
