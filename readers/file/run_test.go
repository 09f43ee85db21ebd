package file

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"logskiff/conf"
	"logskiff/readers"
	"logskiff/readers/file/watch"
	"logskiff/readers/readertest"
	"logskiff/record"
)

// live runs a reader as the agent does: Run in one goroutine, Fill in two.
type live struct {
	t     *testing.T
	dir   string
	r     *Reader
	hub   *watch.Hub
	reg   *readertest.Registry
	lines chan string

	mu    sync.Mutex
	acked map[*record.Stream]int64
	early map[*record.Stream][]record.Segment // all that was acknowledged
}

func startLive(t *testing.T, events bool, poll time.Duration) *live {
	l := &live{t: t, dir: t.TempDir(), reg: readertest.NewRegistry(), lines: make(chan string, 10000),
		acked: map[*record.Stream]int64{}, early: map[*record.Stream][]record.Segment{}}
	cfg := Default()
	cfg.Paths = []string{filepath.Join(l.dir, "**/*.log")}
	cfg.PollInterval = conf.Duration(poll)
	env := Env{Log: slog.New(slog.DiscardHandler), Registry: l.reg, Origin: &record.Origin{}}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	if events {
		l.hub = watch.New(env.Log)
		env.Hub = l.hub
		running.Go(func() { _ = l.hub.Run(ctx) })
	}
	r, err := New(cfg, env)
	if err != nil {
		t.Fatal(err)
	}
	r.disk.Patience = time.Minute // the machine of a test can be busy
	l.r = r
	running.Go(func() { _ = r.Run(ctx) })
	for range 2 {
		running.Go(func() { l.work(ctx) })
	}
	t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if b := l.reg.Broken(); len(b) > 0 {
			t.Error(b)
		}
	})
	return l
}

func (l *live) work(ctx context.Context) {
	b := new(record.Batch)
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.r.Ready():
		}
		for more := true; more; {
			b.Reset()
			more = l.r.Fill(b, record.Limits{Bytes: 64 << 10, Lines: 1000, Segments: 10})
			for _, rec := range b.Records {
				l.lines <- string(b.Bytes(rec.Text))
			}
			for _, s := range b.Segments {
				l.acknowledge(s)
			}
			l.r.Done(b, true)
		}
	}
}

// acknowledge releases the oldest unbroken run, as the agent does: of two workers the one that was handed out the later bytes
// can come first.
func (l *live) acknowledge(s record.Segment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.early[s.Stream] == nil {
		for _, c := range l.reg.Checkpoints() {
			if c.ID == s.Stream.ID {
				l.acked[s.Stream] = c.Offset
			}
		}
	}
	l.early[s.Stream] = append(l.early[s.Stream], s)
	for again := true; again; {
		again = false
		for _, s := range l.early[s.Stream] {
			if s.Start == l.acked[s.Stream] {
				pos := record.Position{Offset: s.End, Anchor: s.Anchor}
				l.reg.Advance(s.Stream.ID, pos)
				l.r.Advance(s.Stream, pos)
				l.acked[s.Stream], again = s.End, s.End > s.Start
			}
		}
	}
}

func (l *live) write(name, text string) {
	l.t.Helper()
	f, err := os.OpenFile(filepath.Join(l.dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
		f.Close()
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// expect waits until these lines and no others have come, in any order.
func (l *live) expect(want ...string) {
	l.t.Helper()
	var have []string
	timeout := time.After(time.Minute)
	for len(have) < len(want) {
		select {
		case s := <-l.lines:
			have = append(have, s)
		case <-timeout:
			l.t.Fatalf("arrived: %q, want %q", have, want)
		}
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		l.t.Fatalf("arrived: %q, want %q", have, want)
	}
}

func TestEventsWakeTheReaderLongBeforeItPolls(t *testing.T) {
	l := startLive(t, true, time.Hour)
	testFollow(t, l)
}

func TestPollingAloneIsEnough(t *testing.T) {
	l := startLive(t, false, 10*time.Millisecond)
	testFollow(t, l)
}

func testFollow(t *testing.T, l *live) {
	probe(t, l)
	l.write("a.log", "1\n")
	l.expect("1")
	l.write("a.log", "2\n3\n")
	l.expect("2", "3")
	if err := os.Rename(filepath.Join(l.dir, "a.log"), filepath.Join(l.dir, "a.log.1")); err != nil {
		t.Fatal(err)
	}
	l.write("a.log", "4\n")
	l.expect("4")
	if err := os.Truncate(filepath.Join(l.dir, "a.log"), 0); err != nil {
		t.Fatal(err)
	}
	l.write("a.log", "five\n")
	l.expect("five")
	if err := os.MkdirAll(filepath.Join(l.dir, "x/y"), 0o755); err != nil {
		t.Fatal(err)
	}
	l.write("x/y/b.log", "6\n")
	l.expect("6")
	var want []string
	for i := range 200 {
		l.write(fmt.Sprintf("many-%d.log", i), fmt.Sprintf("m%d\n", i))
		want = append(want, fmt.Sprintf("m%d", i))
	}
	l.expect(want...)
}

// probe waits until the first look is over: what is written later is new.
func probe(t *testing.T, l *live) {
	t.Helper()
	for {
		l.r.mu.Lock()
		began := l.r.began && len(l.r.folders) > 0 && l.r.folders[l.dir].listed != 0
		l.r.mu.Unlock()
		if began {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestScenario32NoEventsAtAllMeansPolling(t *testing.T) {
	g := newRig(t)
	g.hub = watch.New(slog.New(slog.NewTextHandler(&g.log, nil)))
	g.hub.Deny = func(string) error { return unix.EMFILE }
	g.write("a.log", "1\n")
	g.start()
	g.step()
	g.write("a.log", "2\n")
	g.step()
	g.want("1", "2")
	if d := g.r.folders[g.dir]; !d.polled {
		t.Fatal("the folder is not polled")
	}
}

func TestScenario32OverflowMakesEverythingBeLookedAt(t *testing.T) {
	g := newRig(t)
	g.withHub()
	g.start()
	d := g.r.folders[g.dir]
	d.dirty = false
	g.hub.Overflowed()
	if !d.dirty {
		t.Fatal("the folder is not looked at")
	}
}

func TestScenario32AFolderThatIsReplacedIsWatchedAgain(t *testing.T) {
	g := newRig(t, "sub/*.log")
	g.withHub()
	g.do(os.Mkdir(g.path("sub"), 0o755))
	g.write("sub/a.log", "1\n")
	g.start()
	g.step()
	g.do(os.RemoveAll(g.path("sub")))
	g.step()
	g.do(os.Mkdir(g.path("sub"), 0o755))
	g.write("sub/a.log", "2\n")
	g.step()
	g.step()
	g.want("1", "2")
	if d := g.r.folders[g.path("sub")]; d.sub == nil {
		t.Fatal("the new folder is not watched")
	}
}

func TestEventsOfOtherNamesWakeNobody(t *testing.T) {
	g := newRig(t)
	g.start()
	d := g.r.folders[g.dir]
	d.dirty = false
	g.r.event(d, "session-1234.tmp", watch.Renamed)
	if d.dirty {
		t.Fatal("a name nobody follows makes the folder be listed")
	}
	g.r.event(d, "new.log", watch.Renamed)
	if !d.dirty {
		t.Fatal("a new log does not")
	}
}

func TestContractOfReaders(t *testing.T) {
	readertest.Run(t, func(t *testing.T) readertest.Fixture {
		dir := t.TempDir()
		cfg := Default()
		cfg.Paths, cfg.StartAt = []string{filepath.Join(dir, "*.log")}, "beginning"
		cfg.PollInterval = conf.Duration(10 * time.Millisecond)
		reg := readertest.NewRegistry()
		open := func(t *testing.T, reg *readertest.Registry) readers.Resumable {
			r, err := New(cfg, Env{Registry: reg, Origin: &record.Origin{}, Restore: slices.Values(reg.Checkpoints())})
			if err != nil {
				t.Fatal(err)
			}
			r.disk.Patience = time.Minute
			return r
		}
		return readertest.Fixture{
			Reader: open(t, reg), Registry: reg, Anew: open,
			Again: func(t *testing.T) readers.Resumable { return open(t, reg) },
			Write: func(t *testing.T, source string, lines ...string) {
				l := &live{t: t, dir: dir}
				for _, s := range lines {
					l.write(source+".log", s+"\n")
				}
			},
		}
	})
}
