package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/readers/file/watch"
	"logskiff/readers/readertest"
	"logskiff/record"
)

// A storm is a writer that rotates some hundred times faster than any real one,
// beside a reader that is killed and started all the time. Unlike in the model
// test, the two really run at once: a row of files is renamed while it is listed,
// contents come and go between two looks, copies are seen half made.
type storm struct {
	t    *testing.T
	dir  string
	name string // of the live file
	rnd  *rand.Rand
	kept int
	gz   map[int]bool // rotated files that are compressed
	next int          // number of the next line
	f    *os.File

	reg    *readertest.Registry
	cfg    Config
	log    *slog.Logger
	pacing *pacing // nil: as always

	mu  sync.Mutex
	ids map[int]map[string]bool // line -> its identities
}

const stormFill = " of a storm of lines, each as long as the lines of a log mostly are, that is to say some hundred bytes"

func (s *storm) must(err error) {
	if err != nil {
		panic(err) // the harness is broken
	}
}

func (s *storm) write(n int) {
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "%08d%s\n", s.next, stormFill)
		s.next++
	}
	_, err := s.f.WriteString(b.String())
	s.must(err)
}

func (s *storm) open() {
	f, err := os.OpenFile(s.name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	s.must(err)
	s.f = f
}

func (s *storm) rotated(k int) string {
	if s.gz[k] {
		return fmt.Sprintf("%s.%d.gz", s.name, k)
	}
	return fmt.Sprintf("%s.%d", s.name, k)
}

func (s *storm) shift() {
	for k := s.kept; k > 0; k-- {
		from := s.rotated(k)
		s.gz[k+1] = s.gz[k]
		s.must(os.Rename(from, s.rotated(k+1)))
	}
	s.gz[1] = false
	s.kept++
}

// did notes in the log of the reader what the writer does.
func (s *storm) did(what string) { s.log.Info("the writer: "+what, "next_line", s.next) }

func (s *storm) rename(late int) {
	s.did("renames and creates")
	s.shift()
	s.must(os.Rename(s.name, s.rotated(1)))
	s.write(late)
	s.must(s.f.Close())
	s.open()
}

func (s *storm) copytruncate() {
	s.did("copies")
	s.shift()
	s.copyTo(s.name, s.rotated(1), func(w io.WriteCloser) io.WriteCloser { return w })
	s.did("truncates")
	s.must(os.Truncate(s.name, 0))
}

// compress does as logrotate does: the new file gets the old one's time, then the
// old one is deleted.
func (s *storm) compress(k int) {
	if k > s.kept || s.gz[k] {
		return
	}
	from := s.rotated(k)
	s.did("compresses " + filepath.Base(from))
	i, err := os.Stat(from)
	s.must(err)
	s.copyTo(from, from+".gz", func(w io.WriteCloser) io.WriteCloser { return gzip.NewWriter(w) })
	s.must(os.Chtimes(from+".gz", i.ModTime(), i.ModTime()))
	s.must(os.Remove(from))
	s.gz[k] = true
	s.did("has compressed")
}

func (s *storm) copyTo(from, to string, wrap func(io.WriteCloser) io.WriteCloser) {
	in, err := os.Open(from)
	s.must(err)
	defer in.Close()
	out, err := os.Create(to)
	s.must(err)
	w := wrap(out)
	_, err = io.Copy(w, in)
	s.must(err)
	if w != io.WriteCloser(out) {
		s.must(w.Close())
	}
	s.must(out.Close())
}

// blow writes and rotates so many times.
func (s *storm) blow(rotations int, compress bool) {
	for range rotations {
		for range s.rnd.IntN(5) {
			s.write(1 + s.rnd.IntN(30))
			time.Sleep(time.Duration(s.rnd.IntN(3)) * time.Millisecond)
		}
		if s.rnd.IntN(3) == 0 {
			s.copytruncate()
		} else {
			s.rename(s.rnd.IntN(10))
		}
		if compress {
			s.compress(1 + s.rnd.IntN(2)) // at once, or with delaycompress
		}
		if s.rnd.IntN(4) == 0 {
			time.Sleep(time.Duration(s.rnd.IntN(15)) * time.Millisecond)
		}
	}
}

// live runs a reader until the time is over, and drops it as SIGKILL would.
func (s *storm) live(rnd *rand.Rand, until <-chan time.Time, now func() time.Time) {
	hub := watch.New(s.log)
	r, err := New(s.cfg, Env{
		Log: s.log, Hub: hub, Registry: s.reg, Origin: &record.Origin{}, AgentID: [16]byte{1}, Restore: slices.Values(s.reg.Checkpoints()), Now: now,
		Mono: func() int64 { return now().UnixNano() },
	})
	s.must(err)
	if s.pacing != nil {
		r.pacing = *s.pacing
	}
	s.log.Info("the reader starts")
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = hub.Run(ctx) })
	running.Go(func() { _ = r.Run(ctx) })
	running.Go(func() { s.deliver(ctx, r, rnd) })
	<-until
	cancel()
	running.Wait()
	(&rig{r: r}).kill()
	s.log.Info("the reader is dead")
}

// deliver takes what is read, and acknowledges it a little later or never.
func (s *storm) deliver(ctx context.Context, r *Reader, rnd *rand.Rand) {
	var flying []record.Segment
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-r.Ready():
		case <-time.After(time.Millisecond):
		}
		if s.pacing != nil {
			r.makeBusy()
		}
		b := new(record.Batch)
		r.Fill(b, record.Limits{Bytes: 64 << 10, Lines: 500, Segments: 20})
		s.arrived(b)
		flying = append(flying, b.Segments...)
		r.Done(b, true)
		for len(flying) > 0 && (len(b.Segments) == 0 || rnd.IntN(3) > 0) {
			seg := flying[0]
			flying = flying[1:]
			pos := record.Position{Offset: seg.End, Anchor: seg.Anchor}
			s.reg.Advance(seg.Stream.ID, pos)
			r.Advance(seg.Stream, pos)
		}
	}
}

func (s *storm) arrived(b *record.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seg := range b.Segments {
		for _, rec := range b.Records[seg.First : seg.First+seg.N] {
			text := string(b.Bytes(rec.Text))
			n, err := strconv.Atoi(text[:min(8, len(text))])
			if err != nil || text[8:] != stormFill {
				s.t.Errorf("no line that was written: %q", text)
				continue
			}
			if s.ids[n] == nil {
				s.ids[n] = map[string]bool{}
			}
			s.ids[n][fmt.Sprintf("%s+%d", seg.Stream.ID, rec.Offset)] = true
		}
	}
}

// met says so when a reader has met the log, or had the time to.
func (s *storm) met() <-chan time.Time {
	met := make(chan time.Time)
	go func() {
		defer close(met)
		for begun := time.Now(); time.Since(begun) < 20*time.Second; time.Sleep(time.Millisecond) {
			s.mu.Lock()
			some := len(s.ids) > 0
			s.mu.Unlock()
			if some {
				return
			}
		}
	}()
	return met
}

// over says so when all has arrived, and there was time for what should not.
func (s *storm) over() <-chan time.Time {
	over := make(chan time.Time)
	go func() {
		defer close(over)
		for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(10 * time.Millisecond) {
			s.mu.Lock()
			all := len(s.ids) == s.next
			s.mu.Unlock()
			if all && time.Since(begun) > time.Second {
				return
			}
		}
	}()
	return over
}

// troubles lists runs of lines that did not arrive under one identity.
func (s *storm) troubles() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := 0; n < s.next; n++ {
		k := len(s.ids[n])
		if k == 1 {
			continue
		}
		from := n
		for n+1 < s.next && len(s.ids[n+1]) == k {
			n++
		}
		all = append(all, fmt.Sprintf("lines %d-%d have %d identities: %v", from, n, k, s.ids[from]))
	}
	return all
}

func TestStorm(t *testing.T) {
	rotations := 25
	if n, err := strconv.Atoi(os.Getenv("LOGSKIFF_STORM")); err == nil {
		rotations = n
	}
	for _, pattern := range []string{"app.log", "app.log*"} {
		for _, compress := range []bool{false, true} {
			t.Run(fmt.Sprintf("pattern=%s compress=%v", pattern, compress), func(t *testing.T) {
				t.Parallel()
				storms(t, pattern, compress, rotations, nil)
			})
			t.Run(fmt.Sprintf("pattern=%s compress=%v timed", pattern, compress), func(t *testing.T) {
				t.Parallel()
				skipCoarse(t)
				storms(t, pattern, compress, rotations, eager())
			})
		}
	}
}

func storms(t *testing.T, pattern string, compress bool, rotations int, pacing *pacing) {
	seed := rand.Uint64()
	logs, err := os.Create(filepath.Join(t.TempDir(), "reader.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	dir := t.TempDir()
	s := &storm{
		t: t, dir: dir, name: filepath.Join(dir, "app.log"), rnd: rand.New(rand.NewPCG(seed, 1)), gz: map[int]bool{},
		reg: readertest.NewRegistry(), cfg: Default(), log: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})), ids: map[int]map[string]bool{}, pacing: pacing,
	}
	s.cfg.Paths = []string{filepath.Join(dir, pattern)}
	s.cfg.StartAt = "beginning"
	s.cfg.PollInterval = conf.Duration(20 * time.Millisecond)
	s.open()
	s.write(1)
	rnd := rand.New(rand.NewPCG(seed, 2))
	s.live(rnd, s.met(), time.Now) // what is there before the first look is nobody's loss
	lives := 60
	if pacing != nil {
		lives = 300 // there must be time to be timed
	}
	blown := make(chan struct{})
	go func() { defer close(blown); s.blow(rotations, compress) }()
	for over := false; !over; {
		select {
		case <-blown:
			over = true
		default:
			s.live(rnd, time.After(time.Duration(rnd.IntN(lives))*time.Millisecond), time.Now)
			if rnd.IntN(5) == 0 {
				time.Sleep(time.Duration(rnd.IntN(80)) * time.Millisecond)
			}
		}
	}
	s.must(s.f.Close())
	begun := time.Now()
	fast := func() time.Time { return begun.Add(50 * time.Since(begun)) } // half a minute of waiting in less than one second
	s.live(rnd, s.over(), fast)
	all := s.troubles()
	all = append(all, s.reg.Broken()...)
	for _, l := range s.reg.Losses() {
		all = append(all, "counted as lost: "+l)
	}
	text, err := os.ReadFile(logs.Name())
	s.must(err)
	if timed := bytes.Count(text, []byte("not watched")); pacing == nil && timed > 0 {
		t.Error("a folder was not watched in which files are rotated all the time")
	} else if pacing != nil {
		t.Logf("not watched %d times", timed)
	}
	if len(all) > 0 {
		t.Errorf("after %d rotations:\n%s\nlog:\n%s", rotations, strings.Join(all, "\n"), text)
	}
}
