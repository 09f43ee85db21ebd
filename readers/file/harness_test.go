package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"logskiff/readers"
	"logskiff/readers/file/disk"
	"logskiff/readers/file/watch"
	"logskiff/readers/readertest"
	"logskiff/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig drives a reader step by step: no goroutine, no real time. What arrives is
// acknowledged at once unless hold is set.
type rig struct {
	t        testing.TB
	dir      string
	spool    string
	cfg      Config
	reg      *readertest.Registry
	wrap     func(readers.Registry) readers.Registry // nil: the reader is given reg itself
	clock    atomic.Int64                            // monotonic, since 1970; the hub's goroutine asks for it too
	skew     atomic.Int64                            // how far the wall clock was set
	r        *Reader
	hub      *watch.Hub
	denied   atomic.Pointer[string] // a folder that the system does not watch
	budget   *Budget
	sys      disk.Kernel // nil: the system
	limit    record.Limits
	patience time.Duration // 0: long
	portion  int           // of calls to the registry; 0: as usual
	made     func(*Reader) // nil, or told of a reader before its first look
	timed    bool          // each folder is timed as soon as it may be
	long     bool          // listings take long: see longListings
	hold     bool
	fresh    bool
	since    time.Time // what a former run said to Registry.Looked
	held     []record.Segment
	out      []got
	forgives func(x got, was string) bool // nil, or tells whether x may have the identity of another content
	left     int64                        // bytes in no record
	ids      map[string]string            // identity -> content, for all time
	log      logText
}

// logText is what reader and hub, each with a handler of its own, have said.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logText) Len() int { return len(l.String()) }

// got is one record that arrived.
type got struct {
	stream record.StreamID
	path   string
	rec    record.Record
	text   string
}

func (x *got) identity() string { return fmt.Sprintf("%.8s@%d", x.stream, x.rec.Offset) }

func newRig(t testing.TB, patterns ...string) *rig {
	g := &rig{
		t: t, dir: t.TempDir(), spool: t.TempDir(), cfg: Default(), reg: readertest.NewRegistry(),
		limit: record.Limits{Bytes: 1 << 20, Lines: 10000, Segments: 100},
		ids:   map[string]string{},
	}
	g.clock.Store(wall().UnixNano())
	g.cfg.StartAt = "beginning"
	if len(patterns) == 0 {
		patterns = []string{"*.log"}
	}
	for _, p := range patterns {
		g.cfg.Paths = append(g.cfg.Paths, filepath.Join(g.dir, p))
	}
	return g
}

// wall is the time that files are dated with, also where testing/synctest has a clock of its own.
func wall() time.Time {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_REALTIME, &now); err != nil {
		panic(err)
	}
	return time.Unix(now.Unix())
}

// now is what a clock shows that nobody ever sets, wall the one that set sets.
func (g *rig) now() time.Time            { return time.Unix(0, g.clock.Load()) }
func (g *rig) wall() time.Time           { return g.now().Add(time.Duration(g.skew.Load())) }
func (g *rig) elapse(some time.Duration) { g.clock.Add(int64(some)) }

func (g *rig) path(name string) string { return filepath.Join(g.dir, name) }

func (g *rig) do(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

func (g *rig) write(name, text string) {
	g.t.Helper()
	f, err := os.OpenFile(g.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	g.do(err)
	_, err = f.WriteString(text)
	g.do(err)
	g.do(f.Close())
	g.touched()
}

// touched gives the folders a time of their own after a change. Real looks are never
// two within one tick of the file system's clock, the rig's are.
func (g *rig) touched() {
	g.t.Helper()
	now := wall()
	g.do(filepath.WalkDir(g.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = os.Chtimes(path, now, now)
		}
		return err
	}))
}

func (g *rig) rename(from, to string) {
	g.t.Helper()
	g.do(os.Rename(g.path(from), g.path(to)))
	g.touched()
}

func (g *rig) remove(name string) {
	g.t.Helper()
	g.do(os.Remove(g.path(name)))
	g.touched()
}

func (g *rig) truncate(name string) { g.t.Helper(); g.do(os.Truncate(g.path(name), 0)) }

func (g *rig) copy(from, to string) {
	g.t.Helper()
	b, err := os.ReadFile(g.path(from))
	g.do(err)
	g.do(os.WriteFile(g.path(to), b, 0o644))
	g.touched()
}

// gzip compresses like gzip(1): the new file has the old one's time.
func (g *rig) gzip(name string) {
	g.t.Helper()
	b, err := os.ReadFile(g.path(name))
	g.do(err)
	i, err := os.Stat(g.path(name))
	g.do(err)
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err = w.Write(b)
	g.do(err)
	g.do(w.Close())
	g.do(os.WriteFile(g.path(name+".gz"), out.Bytes(), 0o644))
	g.do(os.Chtimes(g.path(name+".gz"), i.ModTime(), i.ModTime()))
	g.do(os.Remove(g.path(name)))
	g.touched()
}

// start makes a reader from what the registry holds, and looks once.
func (g *rig) start() {
	g.t.Helper()
	var reg readers.Registry = g.reg
	if g.wrap != nil {
		reg = g.wrap(reg)
	}
	r, err := New(g.cfg, Env{
		Log: slog.New(slog.NewTextHandler(&g.log, nil)), Hub: g.hub, Budget: g.budget, Registry: reg,
		Origin: &record.Origin{Source: "test"}, AgentID: [16]byte{1}, Restore: slices.Values(g.reg.Checkpoints()),
		Fresh: g.fresh, Looked: g.since, SpoolDir: g.spool,
		Now: g.wall, Mono: g.clock.Load,
	})
	g.do(err)
	r.rules = &logrotate{conf: g.path("logrotate.conf"), dir: g.path("logrotate.d")}
	if g.sys != nil {
		r.disk.Sys = g.sys
	}
	if g.patience > 0 {
		r.disk.Patience = g.patience
	} else {
		r.disk.Patience = time.Minute // the machine of a test can be busy
	}
	if g.portion > 0 {
		r.portion = g.portion
	}
	if g.made != nil {
		g.made(r)
	}
	if g.timed {
		r.pacing = *eager()
	}
	g.r = r
	g.held = nil
	g.look()
}

// kill drops the reader as SIGKILL does: its descriptors close, no more.
func (g *rig) kill() {
	if g.r == nil {
		return
	}
	g.r.mu.Lock()
	for f := g.r.fds.first; f != nil; f = g.r.fds.first {
		g.r.fds.close(f)
	}
	for _, f := range g.r.files {
		if f.arch != nil {
			f.arch.close()
		}
	}
	g.r.mu.Unlock()
	g.r.unsubscribe()
	g.r, g.held = nil, nil
}

func (g *rig) close() {
	g.t.Helper()
	g.do(g.r.Close())
	g.sharedIsEmpty()
	g.r.unsubscribe()
	g.r, g.held = nil, nil
}

// sharedIsEmpty checks what all files share that have nothing seldom: a write that goes to it by
// mistake would be a write to all of them.
func (g *rig) sharedIsEmpty() {
	g.t.Helper()
	g.r.mu.Lock()
	defer g.r.mu.Unlock()
	if g.r.nothing != (seldom{}) {
		g.t.Fatalf("what many files share was written to: %+v", g.r.nothing)
	}
}

// look is one look of Run, a poll interval after the one before.
func (g *rig) look() {
	g.t.Helper()
	g.elapse(time.Second)
	if g.long {
		g.synced()
	}
	if g.timed {
		g.synced()
		if g.now().Unix()%2 == 0 { // else something has woken Run up before the next glance was due
			g.r.glance()
		}
		g.r.makeBusy()
	}
	g.r.look()
	g.filed()
	g.sharedIsEmpty()
}

// filed checks that each row of what was on an inode has an end, and each file once.
func (g *rig) filed() {
	g.t.Helper()
	seen := map[*file]bool{}
	for n, f := range g.r.files {
		for ; f != nil; f = f.same {
			if seen[f] || f.Inode != n {
				g.t.Fatalf("inode %d has a file that is in another row, or twice in this one", n.Ino)
			}
			seen[f] = true
		}
	}
}

// after moves the clock and looks, as often as Run would.
func (g *rig) after(d time.Duration) {
	for end := g.now().Add(d); g.now().Before(end); {
		g.look()
		g.fill()
	}
}

// onTheirWay has fn called with each record that was handed out and is not acknowledged.
func (g *rig) onTheirWay(fn func(x got)) {
	held := map[record.StreamID][]record.Segment{}
	for _, s := range g.held {
		held[s.Stream.ID] = append(held[s.Stream.ID], s)
	}
	for _, x := range g.out {
		for _, s := range held[x.stream] {
			if x.rec.Offset >= s.Start && x.rec.Offset < s.End {
				fn(x)
			}
		}
	}
}

// fill empties the ready queue.
func (g *rig) fill() {
	g.t.Helper()
	for i := 0; ; i++ {
		if i > 100000 {
			g.t.Fatal("Fill does not come to an end")
		}
		b := new(record.Batch)
		more := g.r.Fill(b, g.limit)
		g.take(b)
		if !more && len(b.Segments) == 0 {
			return
		}
	}
}

func (g *rig) take(b *record.Batch) {
	g.t.Helper()
	n := 0
	for _, s := range b.Segments {
		if s.First != n {
			g.t.Fatalf("a segment begins at record %d, want %d", s.First, n)
		}
		if !g.reg.Known(s.Stream.ID) {
			g.t.Fatalf("a record of a stream that is not registered: %s", s.Stream.Path)
		}
		at := s.Start
		if at == 0 && g.cfg.Multiline.Preset != "" { // its first bytes may be in another stream's record
			if at = s.End; s.N > 0 {
				at = b.Records[s.First].Offset
			}
		}
		left := s.Dropped
		g.left += left
		for _, rec := range b.Records[s.First : s.First+s.N] {
			if rec.Offset != at {
				g.t.Fatalf("a record of %s has offset %d, want %d", s.Stream.Path, rec.Offset, at)
			}
			at += int64(rec.Size)
			text := string(b.Bytes(rec.Text))
			x := got{s.Stream.ID, s.Stream.Path, rec, text}
			g.out = append(g.out, x)
			key := fmt.Sprintf("%s:%d", s.Stream.ID, rec.Offset)
			if was, ok := g.ids[key]; ok && was != text && (g.forgives == nil || !g.forgives(x, was)) {
				g.t.Fatalf("one identity, two contents: %s: %.60q and %.60q", key, was, text)
			}
			g.ids[key] = text
		}
		if at+left != s.End {
			g.t.Fatalf("the records of %s end at %d, their segment at %d", s.Stream.Path, at, s.End)
		}
		n += s.N
		if g.hold {
			g.held = append(g.held, s)
		} else {
			g.ack(s)
		}
	}
	if n != len(b.Records) {
		g.t.Fatalf("segments hold %d records of %d", n, len(b.Records))
	}
	g.r.Done(b, true)
}

func (g *rig) ack(s record.Segment) {
	pos := record.Position{Offset: s.End, Anchor: s.Anchor}
	g.reg.Advance(s.Stream.ID, pos)
	g.r.Advance(s.Stream, pos)
}

func (g *rig) release() {
	for _, s := range g.held {
		g.ack(s)
	}
	g.held = nil
}

// step looks and reads, twice, so that what the first look put off is met.
func (g *rig) step() {
	g.t.Helper()
	g.look()
	g.fill()
	g.look()
	g.fill()
}

// wait steps until everything slow has happened too.
func (g *rig) wait() { g.t.Helper(); g.step(); g.after(25 * time.Second) }

func (g *rig) texts() []string {
	var all []string
	for _, x := range g.out {
		all = append(all, x.text)
	}
	return all
}

// want compares all that arrived with lines, in order.
func (g *rig) want(lines ...string) {
	g.t.Helper()
	if have := g.texts(); !slices.Equal(have, lines) {
		g.t.Fatalf("arrived: %q\nwant:    %q\nlog:\n%s", have, lines, g.log.String())
	}
	g.sound()
}

// wantSet compares without order between files.
func (g *rig) wantSet(lines ...string) {
	g.t.Helper()
	have := g.texts()
	slices.Sort(have)
	lines = slices.Clone(lines)
	slices.Sort(lines)
	if !slices.Equal(have, lines) {
		g.t.Fatalf("arrived: %q\nwant:    %q\nlog:\n%s", have, lines, g.log.String())
	}
	g.sound()
}

func (g *rig) sound() {
	g.t.Helper()
	if b := g.reg.Broken(); len(b) > 0 {
		g.t.Fatalf("broken promises:\n%s\nlog:\n%s", strings.Join(b, "\n"), g.log.String())
	}
}

func (g *rig) noLoss() {
	g.t.Helper()
	if l := g.reg.Losses(); len(l) > 0 {
		g.t.Fatalf("lost: %q\nlog:\n%s", l, g.log.String())
	}
}

// withHub gives the rig real events; look still runs by hand.
func (g *rig) withHub() {
	g.hub = watch.New(slog.New(slog.NewTextHandler(&g.log, nil)))
	g.hub.Deny = func(path string) error {
		if no := g.denied.Load(); no != nil && *no == path {
			return unix.ENOSPC
		}
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = g.hub.Run(ctx) }()
	g.t.Cleanup(func() { cancel(); <-done })
}

func numbered(from, to int) (text string, all []string) {
	var b strings.Builder
	for i := from; i < to; i++ {
		s := fmt.Sprintf("line %06d of the test", i)
		all = append(all, s)
		b.WriteString(s + "\n")
	}
	return b.String(), all
}

func newBatch() *record.Batch { return new(record.Batch) }

func mkdirs(paths ...string) error {
	for _, p := range paths {
		if err := os.MkdirAll(p, 0o755); err != nil {
			return err
		}
	}
	return nil
}
