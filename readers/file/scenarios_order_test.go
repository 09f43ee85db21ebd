package file

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"logskiff/conf"
	"logskiff/readers/file/disk"
	"logskiff/readers/file/watch"
	"logskiff/record"
)

// half is a turn under way, as Fill has it while a look goes on beside it.
type half struct {
	t  turn
	ok bool // prepared
}

// begin has a turn begin, if any file is ready.
func (g *rig) begin() *half {
	g.r.beginRound()
	t, ok := g.r.take()
	if !ok {
		return nil
	}
	h := &half{t: t}
	h.ok = g.r.prepare(&h.t)
	return h
}

// end has it end.
func (g *rig) end(h *half) {
	g.t.Helper()
	if h == nil {
		return
	}
	b := new(record.Batch)
	if h.ok {
		g.r.turn(&h.t, b, g.limit)
	}
	g.r.finish(&h.t)
	if h.t.moved {
		g.r.storeFinger(h.t.f)
	}
	if h.t.join != nil && h.t.join.done {
		g.r.storeFinger(h.t.join.f)
	}
	g.take(b)
}

// A turn of the older file is under way when the newer one is found: what it will find is not known.
func TestScenario40WhileTheOlderFileIsRead(t *testing.T) {
	g := newPiecesRig(t)
	g.pieces("a.log", "o F before")
	g.start()
	g.fill()
	g.pieces("a.log", "o P one ")
	g.look()
	h := g.begin()
	g.pieces("a.log", "e F x", "o P two ")
	g.rename("a.log", "a.log.1")
	g.pieces("a.log", "o F three", "o F four")
	g.look()
	g.fill()
	g.wantPieces("o F before")
	g.end(h)
	g.wait()
	g.wantPieces("o F before", "o P one , e F x, o P two , o F three", "o F four")
}

// What was written to the older file since it was looked at last comes first.
func TestScenario40TheOlderFileHasGrownUnseen(t *testing.T) {
	g := newPiecesRig(t)
	g.pieces("a.log", "o F before")
	g.start()
	g.fill()
	g.rename("a.log", "a.log.1")
	g.write("a.log", "")
	g.look()
	g.fill()
	g.pieces("a.log.1", "o P one ")
	g.pieces("a.log", "o F two", "o F three")
	g.r.event(g.r.folders[g.dir], "a.log", watch.Written)
	g.look()
	g.fill()
	g.wait()
	g.wantPieces("o F before", "o P one , o F two", "o F three")
}

// However the steps of a writer, of a rotation, of looks and turns fall, a message is one record, and so is
// a trace.
func TestScenario40InAnyOrderOfStepsAndLooks(t *testing.T) {
	for seed := range uint64(number(t, "LOGSKIFF_MODEL_RUNS", 300)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { aMessageThroughRotations(t, seed) })
	}
}

func aMessageThroughRotations(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 40))
	traces := rnd.IntN(3) == 0
	g := newPiecesRig(t)
	line := func(s string) string { return criLine(s) + "\n" }
	if traces {
		g = newGroupRig(t)
		line = func(s string) string { return s[4:] + "\n" }
	}
	if rnd.IntN(2) == 0 {
		g.withHub()
	}
	g.cfg.PollInterval = conf.Duration(100 * time.Millisecond)
	g.cfg.Multiline.Flush = conf.Duration(time.Hour) // it is not idle
	var f *os.File
	open := func() {
		var err error
		f, err = os.OpenFile(g.path("a.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		g.do(err)
		g.touched()
	}
	write := func(s string) {
		_, err := f.WriteString(line(s))
		g.do(err)
		g.touched()
	}
	open()
	write("o F before")
	g.start()
	g.fill()
	var did []string
	var h *half
	reader := func() {
		for range rnd.IntN(4) {
			op := rnd.IntN(5)
			did = append(did, []string{"look", "fill", "begin", "end", "event"}[op])
			switch {
			case op == 0: // soon after the one before
				g.elapse(-900 * time.Millisecond)
				g.look()
			case op == 1:
				g.end(h)
				h = nil
				g.fill()
			case op == 2 && h == nil:
				h = g.begin()
			case op == 3:
				g.end(h)
				h = nil
			case op == 4: // of nothing that can be seen
				d := g.r.folders[g.dir]
				for name := range d.files {
					g.r.event(d, name, watch.Written)
				}
			}
		}
	}
	do := func(what string, fn func()) {
		did = append(did, what)
		fn()
		reader()
	}
	want := []string{"before"}
	rotations := 1 + rnd.IntN(2)
	for n := range rotations {
		var all []string
		inside := func(s string) {
			all = append(all, s[4:])
			if traces && len(all) > 1 {
				s = s[:4] + "\tat " + s[4:]
			}
			do(s, func() { write(s) })
		}
		for i := range 1 + rnd.IntN(2) {
			inside(fmt.Sprint("o P piece", n, ".", i))
		}
		copied := rnd.IntN(4) == 0
		name := fmt.Sprint("a.log.", n)
		if copied {
			do("copy", func() { g.copy("a.log", name) })
			do("truncate", func() { g.truncate("a.log"); g.touched() })
		} else {
			do("rename", func() { g.rename("a.log", name) })
			was := f
			if rnd.IntN(2) == 0 {
				inside(fmt.Sprint("o P old", n))
			}
			do("create", open)
			f, was = was, f
			if rnd.IntN(2) == 0 {
				inside(fmt.Sprint("o P older", n))
			}
			g.do(f.Close())
			f = was
		}
		if rnd.IntN(2) == 0 {
			inside(fmt.Sprint("e F new", n))
		}
		inside(fmt.Sprint("o F end", n))
		want = append(want, strings.Join(all, " "))
		do("behind", func() { write(fmt.Sprint("o F behind", n)) })
		want = append(want, fmt.Sprint("behind", n))
		if n+1 < rotations {
			g.end(h)
			h = nil
			g.wait()
		}
	}
	g.end(h)
	g.do(f.Close())
	g.wait()
	g.cfg.Multiline.Flush = conf.Duration(time.Second)
	g.r.cfg.Multiline.Flush = conf.Duration(time.Second)
	g.wait()
	var have []string
	for _, x := range g.out {
		var words []string
		for _, l := range strings.Split(x.text, "\n") {
			words = append(words, strings.TrimSpace(l[strings.LastIndexByte(l, ' ')+1:]))
		}
		have = append(have, strings.Join(words, " "))
	}
	if strings.Join(have, "|") != strings.Join(want, "|") {
		t.Fatalf("arrived: %q\nwant:    %q\nsteps:   %q\nlog:\n%s", have, want, did, g.log.String())
	}
	g.sound()
	g.noLoss()
	g.kill()
}

// locked is the system, with a file that may not be opened.
type locked struct {
	*hooked
	path string // "": none
}

func (l *locked) OpenRead(o *disk.Opener, path string) (int, disk.Info, error) {
	if path == l.path {
		return -1, disk.Info{}, unix.EACCES
	}
	return l.hooked.OpenRead(o, path)
}

// A file that cannot be read is waited for as long as a record may be incomplete.
func TestScenario40AFileThatCannotBeReadIsNotWaitedFor(t *testing.T) {
	for _, waits := range []bool{false, true} {
		g := newRig(t)
		if waits {
			g = newPiecesRig(t)
			g.cfg.Multiline.Flush = conf.Duration(10 * time.Second)
		}
		l := &locked{hooked: newHooked(func(_, _ string, do func()) { do() })}
		g.sys = l
		g.pieces("a.log", "o F before")
		g.start()
		g.fill()
		g.after(idleClose + sweepMost*time.Second)
		l.path = g.path("a.log.1")
		g.pieces("a.log", "o F one")
		g.rename("a.log", "a.log.1")
		g.pieces("a.log", "o F two")
		g.step()
		g.after(6 * time.Second)
		if waits {
			g.wantPieces("o F before")
			g.after(8 * time.Second)
		}
		g.wantPieces("o F before", "o F two")
		l.path = ""
		g.wait()
		g.wantPieces("o F before", "o F two", "o F one")
	}
}

// Lines of a newer file do not wait for all of an older one that is far behind.
func TestAHugeOlderFileDoesNotDelayLines(t *testing.T) {
	for _, c := range []struct {
		size   int
		preset string
		first  bool // the older one's lines come first
	}{{orderMost + 1, "", false}, {orderMost / 2, "", true}, {orderMost + 1, "cri", true}} {
		g := newRig(t)
		g.cfg.Multiline.Preset = c.preset
		g.write("a.log", criLine("o F before")+"\n")
		g.start()
		g.fill()
		line := criLine("o F "+strings.Repeat("x", 1000)) + "\n"
		g.write("a.log", strings.Repeat(line, c.size/len(line)+1))
		g.rename("a.log", "a.log.1")
		g.write("a.log", criLine("o F newer")+"\n")
		g.wait()
		at := slices.IndexFunc(g.texts(), func(s string) bool { return strings.HasSuffix(s, "newer") })
		if first := at == len(g.out)-1; first != c.first || len(g.out) != c.size/len(line)+3 {
			t.Errorf("%d bytes, %q: the newer line is number %d of %d", c.size, c.preset, at, len(g.out))
		}
		g.sound()
		g.noLoss()
	}
}

// Of files that came and went between two looks each is read after the one before it.
func TestScenario40WhatCameBetweenIsReadBetween(t *testing.T) {
	for _, killed := range []bool{false, true} {
		g := newPiecesRig(t)
		g.cfg.Multiline.Flush = conf.Duration(10 * time.Second)
		g.pieces("a.log", "o F before")
		g.start()
		g.fill()
		g.pieces("a.log", "o P one ")
		if killed {
			g.kill()
		}
		for n, lines := range [][]string{{"o F two", "o P three "}, {"o F four", "o P five "}, {"o F six", "o F seven"}} {
			g.rename("a.log", fmt.Sprint("a.log.", n))
			time.Sleep(10 * time.Millisecond) // files' times are that coarse
			g.pieces("a.log", lines...)
		}
		if killed {
			g.start()
		}
		g.wait()
		g.wantPieces("o F before", "o P one , o F two", "o P three , o F four", "o P five , o F six", "o F seven")
	}
}
