package file

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// world is the naive model: what was written, and which lines may be missing
// because they were destroyed before anyone could look.
type world struct {
	g       *rig
	pattern string
	n       int
	logs    map[string]*content // by file name
	lines   map[string]bool     // written whole, must arrive
	excused map[string]bool     // destroyed unseen
	twice   map[string]bool     // may come twice: handed out, not acknowledged, then killed
	known   map[string]bool     // live names that the last look has met
}

// content is what one file holds: numbers of lines, and perhaps half a line.
type content struct {
	lines []string
	half  string
	seen  bool // a look has met it
}

func (w *world) line(fill int) string {
	w.n++
	return fmt.Sprintf("%06d %s", w.n, strings.Repeat("x", fill))
}

func (w *world) append(name string, fills []int) {
	c := w.logs[name]
	if c == nil {
		c = &content{}
		w.logs[name] = c
	}
	var b strings.Builder
	for _, fill := range fills {
		l := w.line(fill)
		b.WriteString(l + "\n")
		if c.half != "" {
			l, c.half = c.half+l, ""
		}
		c.lines = append(c.lines, l)
		w.lines[l] = true
	}
	w.g.write(name, b.String())
}

func (w *world) half(name string, fill int) {
	if c := w.logs[name]; c != nil {
		h := w.line(fill)
		c.half += h
		w.g.write(name, h)
	}
}

// destroyed excuses the lines of a content that is no more.
func (w *world) destroyed(c *content) {
	for _, l := range c.lines {
		w.excused[l] = true
	}
}

// unmet excuses a live file that leaves its name before any look has met one
// there: nobody can know where it went.
func (w *world) unmet(name string) {
	if !w.known[name] && w.pattern == "*.log" {
		w.destroyed(w.logs[name])
	}
}

// looked notes what a look has met.
func (w *world) looked() {
	w.known = map[string]bool{}
	for name, c := range w.logs {
		if strings.HasSuffix(name, ".gz") || len(c.lines) == 0 {
			continue
		}
		if w.pattern == "*.log*" || strings.HasSuffix(name, ".log") {
			c.seen, w.known[name] = true, true
		}
	}
}

func (w *world) rotate(name string) {
	if w.logs[name] == nil {
		return
	}
	w.unmet(name)
	w.shift(name)
	w.g.rename(name, name+".1")
	w.logs[name+".1"] = w.logs[name]
	delete(w.logs, name)
}

// shift makes room for name.1, as logrotate does.
func (w *world) shift(name string) {
	for i := 6; i > 0; i-- {
		for _, ext := range []string{"", ".gz"} {
			from, to := fmt.Sprintf("%s.%d%s", name, i, ext), fmt.Sprintf("%s.%d%s", name, i+1, ext)
			if w.logs[from] == nil {
				continue
			}
			if i == 6 {
				w.g.remove(from)
				w.destroyed(w.logs[from])
			} else {
				w.g.rename(from, to)
				w.logs[to] = w.logs[from]
			}
			delete(w.logs, from)
		}
	}
}

func (w *world) copytruncate(name string, look bool) {
	c := w.logs[name]
	if c == nil {
		return
	}
	w.unmet(name)
	w.shift(name)
	w.g.copy(name, name+".1")
	w.logs[name+".1"] = &content{lines: slices.Clone(c.lines), half: c.half, seen: c.seen}
	if look && w.g.r != nil {
		w.g.look()
	}
	w.g.truncate(name)
	w.logs[name] = &content{}
}

func (w *world) compress(old string) {
	if w.logs[old] == nil || w.logs[old+".gz"] != nil {
		return
	}
	if c := w.logs[old]; !c.seen {
		w.destroyed(c) // never met: a compressed file is only read on, not begun
	}
	w.g.gzip(old)
	w.logs[old+".gz"] = w.logs[old]
	delete(w.logs, old)
}

// do takes one step; those that make no sense now are left out.
func (w *world) do(o op) {
	c, up := w.logs[o.name], w.g.r != nil
	switch o.kind {
	case "append":
		w.append(o.name, o.nums)
	case "half":
		w.half(o.name, o.nums[0])
	case "rotate":
		w.rotate(o.name)
	case "copytruncate":
		w.copytruncate(o.name, false)
	case "copylooktruncate":
		w.copytruncate(o.name, true)
	case "truncate":
		if c != nil {
			w.g.truncate(o.name)
			w.destroyed(c)
			w.logs[o.name] = &content{}
		}
	case "delete":
		if c != nil {
			w.g.remove(o.name)
			w.destroyed(c)
			delete(w.logs, o.name)
		}
	case "compress":
		w.compress(o.name)
	case "hold":
		w.g.hold = true
	case "release":
		w.g.hold = false
		if up {
			w.g.release()
		}
	case "start":
		if !up {
			w.g.start()
			w.looked()
		}
	default:
		if up {
			w.ask(o)
		}
	}
}

// ask has the reader that runs do something.
func (w *world) ask(o op) {
	switch o.kind {
	case "kill":
		w.unacked()
		w.g.kill()
	case "stop":
		w.unacked()
		w.g.close()
	case "look":
		w.g.look()
		w.looked()
	case "take":
		w.g.take1()
	case "step":
		w.g.step()
		w.looked()
	case "wait":
		w.g.after(time.Duration(o.nums[0]) * time.Second)
		w.looked()
	default:
		w.g.t.Fatalf("no such step: %q", o.kind)
	}
}

// unacked notes which lines may come again after the reader is gone.
func (w *world) unacked() {
	w.g.onTheirWay(func(x got) { w.twice[fmt.Sprint(x.stream, x.rec.Offset)] = true })
}

// run takes the steps of s and checks what came of them.
func (s *sequence) run(t testing.TB) {
	g := newRig(t, s.pattern)
	g.limit.Bytes = s.limit
	if len(s.ops)%2 == 0 {
		g.portion = 1
	}
	switch g.timed = s.timed; {
	case g.timed:
		g.withHub()
	case len(s.ops)%3 == 0:
		g.longListings()
	}
	w := &world{
		g: g, pattern: s.pattern, logs: map[string]*content{},
		lines: map[string]bool{}, excused: map[string]bool{}, twice: map[string]bool{}, known: map[string]bool{},
	}
	defer func() {
		if t.Failed() && g.log.Len() < 20000 {
			t.Log(g.log.String())
		}
	}()
	g.start()
	for _, o := range s.ops {
		w.do(o)
	}
	if g.r == nil {
		g.start()
	}
	g.hold = false
	g.release()
	g.wait()
	g.wait()
	w.check(t)
	g.kill()
	n := len(g.out)
	g.start()
	g.wait()
	for _, x := range g.out[n:] {
		if w.excused[x.text] || !w.lines[x.text] {
			continue // one that a second start came across after all
		}
		t.Fatalf("%d records after a start at rest: %q at %d of %s, in %s; arrived before: %q", len(g.out)-n, x.text, x.rec.Offset, filepath.Base(x.path), w.holder(x.text), w.where(x.text))
	}
	g.sound()
	g.kill()
}

// check compares what arrived with the model.
func (w *world) check(t testing.TB) {
	t.Helper()
	w.g.sound()
	came := map[string]int{}
	seen := map[string]bool{}
	last := map[string]int64{}
	for _, x := range w.g.out {
		key := fmt.Sprint(x.stream, x.rec.Offset)
		if seen[key] {
			if !w.twice[key] {
				t.Fatalf("%q came twice from %s at %d", x.text, x.path, x.rec.Offset)
			}
			continue
		}
		seen[key] = true
		came[x.text]++
		last[x.stream.String()] = max(last[x.stream.String()], x.rec.Offset)
	}
	bad := 0
	for l := range w.lines {
		if bad > 2 {
			break
		}
		if n := came[l]; n == 0 && !w.excused[l] || n > 1 {
			bad++
		}
		switch n := came[l]; {
		case n == 0 && !w.excused[l]:
			t.Errorf("line %.20q did not arrive; it is in %s", l, w.holder(l))
		case n > 1:
			t.Errorf("line %.20q arrived under %d identities: %s", l, n, w.where(l))
		}
	}
	if len(w.excused) == 0 && len(w.g.reg.Losses()) > 0 {
		t.Errorf("counted as lost, though nothing was destroyed: %q", w.g.reg.Losses())
	}
}

// where tells under which names a line arrived.
func (w *world) where(line string) (all []string) {
	for _, x := range w.g.out {
		if x.text == line {
			all = append(all, fmt.Sprintf("%.8s@%d %s", x.stream, x.rec.Offset, filepath.Base(x.path)))
		}
	}
	return all
}

// holder tells which file a line is in.
func (w *world) holder(line string) string {
	for name, c := range w.logs {
		if slices.Contains(c.lines, line) {
			return name
		}
	}
	return "no file"
}
