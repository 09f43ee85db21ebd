package file

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"logskiff/readers"
)

func (g *rig) status(name string) readers.Status {
	g.t.Helper()
	var found *readers.Status
	g.r.Status(func(s readers.Status) bool {
		if s.Name == g.path(name) {
			found = &s
		}
		return found == nil
	})
	if found == nil {
		g.t.Fatalf("%s has no status", name)
	}
	return *found
}

// Lag in seconds is the age of the oldest byte that is not acknowledged.
func TestOldestIsWhenUndeliveredBytesWereSeen(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "one\n")
	g.start()
	g.step()
	if s := g.status("a.log"); !s.Oldest.IsZero() || s.Delivered != s.Size {
		t.Fatalf("all is delivered: %+v", s)
	}
	g.hold = true
	g.write("a.log", "two\n")
	g.step()
	seen := g.now()
	g.after(10 * time.Second)
	if s := g.status("a.log"); s.Oldest.IsZero() || s.Oldest.After(seen) || s.Oldest.Before(seen.Add(-3*time.Second)) {
		t.Fatalf("seen at about %v: %+v", seen, s)
	}
	g.write("a.log", "three\n")
	g.step()
	g.release()
	if s := g.status("a.log"); !s.Oldest.IsZero() {
		t.Fatalf("all is delivered: %+v", s)
	}
	g.want("one", "two", "three")
}

// Permission errors are said once, shown, and heal.
func TestFileThatCannotBeReadIsReadWhenItCan(t *testing.T) {
	g := newRig(t)
	g.do(unix.Chmod(g.dir, 0o755))
	for dir := g.dir; len(dir) > len("/tmp"); dir = dir[:strings.LastIndexByte(dir, '/')] {
		g.do(unix.Chmod(dir, 0o755))
	}
	g.write("a.log", "one\n")
	g.write("b.log", "other\n")
	g.do(unix.Chmod(g.path("a.log"), 0))
	look := func() { asNobody(t, g, func() { g.look(); g.fill() }) }
	asNobody(t, g, g.start)
	for range 5 {
		look()
	}
	g.want("other")
	if s := g.status("a.log"); !strings.Contains(s.Problem, "permission denied") {
		t.Fatalf("the status does not say why: %+v", s)
	}
	if n := strings.Count(g.log.String(), "permission denied"); n != 1 {
		t.Fatalf("said %d times:\n%s", n, g.log.String())
	}
	g.do(unix.Chmod(g.path("a.log"), 0o644))
	for range 25 {
		look()
	}
	g.want("other", "one")
	if s := g.status("a.log"); s.Problem != "" {
		t.Fatalf("healed: %+v", s)
	}
}

// A FIFO would block whoever opens it, a device never ends.
func TestOnlyRegularFilesAreFollowed(t *testing.T) {
	g := newRig(t)
	g.do(unix.Mkfifo(g.path("pipe.log"), 0o644))
	g.write("a.log", "one\n")
	g.start()
	g.wait()
	g.want("one")
	if n := strings.Count(g.log.String(), "this is no regular file"); n != 1 {
		t.Fatalf("said %d times:\n%s", n, g.log.String())
	}
}

// Checkpoints of files long gone are collected; those of others are kept.
func TestStreamsOfFilesThatAreGoneForAWeekAreForgotten(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "one\n")
	g.write("b.log", "two\n")
	g.start()
	g.step()
	g.remove("a.log")
	g.wait()
	paths := func() (all []string) {
		for _, c := range g.reg.Checkpoints() {
			all = append(all, c.Path[len(g.dir)+1:])
		}
		slices.Sort(all)
		return all
	}
	g.elapse(keepGone - time.Hour)
	g.step()
	if got := paths(); !slices.Equal(got, []string{"a.log", "b.log"}) {
		t.Fatalf("too early: %q are left", got)
	}
	g.elapse(3 * time.Hour)
	g.step()
	if got := paths(); !slices.Equal(got, []string{"b.log"}) {
		t.Fatalf("%q are left", got)
	}
	g.write("a.log", "one\n")
	g.wait()
	g.wantSet("one", "two", "one")
}
