package file

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/readers"
	"logskiff/readers/file/watch"
	"logskiff/record"
)

// walker is what a walk happens to: one log, those who write and rotate it, and a reader.
type walker struct {
	g       *rig
	in      terms
	clock   time.Duration // of those who write, since the beginning
	units   int
	gone    bool            // something was destroyed
	late    bool            // .1 was renamed, and its writer still has it
	copying int             // 1: half of a copy is in .1, 2: all of it
	packing int             // steps of compressing that were taken
	packed  string          // what is compressed in steps
	turn    *turn           // of a worker, that is under way
	again   map[string]bool // what may come again: it was handed out, and not acknowledged before a kill
	unclear map[string]bool // units of copies that a start cannot know: see isUnclear

	pending []deed // what is to happen in the next look
	calls   int    // of the reader, in this look
	looking bool
	dead    bool // killed in this look: the registry learns no more
	wrong   string
}

const walked = "a.log"

var errNoSense = errors.New("this makes no sense now")

func newWalker(t testing.TB, in terms) *walker {
	w := &walker{g: newRig(t, in.pattern), in: in, again: map[string]bool{}, unclear: map[string]bool{}}
	w.g.cfg.PollInterval = conf.Duration(time.Second)
	w.g.sys = newHooked(func(_, _ string, do func()) { w.call(); do() })
	w.g.forgives = w.halfOfWhatWasOnItsWay
	w.g.wrap = func(r readers.Registry) readers.Registry { return hookedRegistry{r, w} }
	if in.olddir {
		w.g.do(os.Mkdir(w.g.path("old"), 0o755))
		w.g.do(os.WriteFile(w.g.path("logrotate.conf"), []byte("olddir old\n"), 0o644))
	}
	return w
}

// call is what the reader asks of the system, or tells the registry: what is to happen before it happens now.
func (w *walker) call() {
	if !w.looking {
		return
	}
	w.calls++
	for len(w.pending) > 0 && w.pending[0].before <= w.calls {
		d := w.pending[0]
		w.pending = w.pending[1:]
		switch {
		case d.do == killing:
			w.dead = true
		case strings.IndexByte(workersDeeds, d.do) < 0:
			_ = w.writer(d.do) // without sense by now: it does not happen
		case w.g.r != nil && !w.dead && w.g.r.mu.TryLock(): // as a worker who does not wait for this look
			w.g.r.mu.Unlock()
			w.looking = false
			w.worker(d.do)
			w.looking = true
		}
	}
}

// hookedRegistry counts calls, and learns nothing of a reader that is dead.
type hookedRegistry struct {
	readers.Registry
	w *walker
}

func (h hookedRegistry) Register(c readers.Checkpoint, durable bool) error {
	if h.w.call(); h.w.dead {
		return nil
	}
	return h.Registry.Register(c, durable)
}

func (h hookedRegistry) Update(id record.StreamID, k readers.Known, durable bool) error {
	if h.w.call(); h.w.dead {
		return nil
	}
	return h.Registry.Update(id, k, durable)
}

func (h hookedRegistry) Lose(id record.StreamID, n int64, why string) {
	if h.w.call(); !h.w.dead {
		h.Registry.Lose(id, n, why)
	}
}

func (h hookedRegistry) Looked(at time.Time, durable bool) error {
	if h.w.call(); h.w.dead {
		return nil
	}
	h.w.g.since = at
	return h.Registry.Looked(at, durable)
}

func (h hookedRegistry) Forget(ids ...record.StreamID) {
	if h.w.call(); !h.w.dead {
		h.Registry.Forget(ids...)
	}
}

// do has one deed happen, or says that it makes no sense.
func (w *walker) do(d deed) error {
	up := w.g.r != nil
	switch {
	case d.before > 0:
		w.pending = append(w.pending, d)
		return nil
	case d.do == polling, d.do == hearing:
		w.look(d.do == polling)
	case len(w.pending) > 0:
		return errNoSense // they are of a look
	case strings.IndexByte(workersDeeds, d.do) >= 0:
		if !up || d.do == ending && w.turn == nil || d.do == beginning && w.turn != nil {
			return errNoSense
		}
		w.worker(d.do)
	case d.do == killing && up:
		w.kill()
	case d.do == killing:
		return errNoSense
	default:
		return w.writer(d.do)
	}
	return nil
}

// look starts the reader, or has it look.
func (w *walker) look(poll bool) {
	slices.SortStableFunc(w.pending, func(a, b deed) int { return a.before - b.before })
	w.tick(true)
	w.looking, w.calls = true, 0
	switch {
	case w.g.r == nil:
		w.g.start()
	case poll:
		w.g.look()
	default:
		w.g.elapse(time.Millisecond)
		w.g.r.look()
		w.g.filed()
	}
	w.looking = false
	rest := w.pending
	w.pending = nil
	for _, d := range rest { // the look had fewer calls
		switch {
		case d.do == killing:
			w.dead = true
		case strings.IndexByte(workersDeeds, d.do) < 0:
			_ = w.writer(d.do)
		case !w.dead:
			w.worker(d.do)
		}
	}
	if w.dead {
		w.kill()
		w.dead = false
	} else if w.wrong == "" {
		w.wrong = w.g.notStored()
	}
	w.tick(true)
}

// tick moves the clock of those who write.
func (w *walker) tick(looks bool) {
	if looks || !w.in.coarse {
		w.clock += time.Millisecond
	}
}

// touch dates a file, and its folder.
func (w *walker) touch(name string) {
	now := w.g.now().Add(w.clock)
	w.g.do(os.Chtimes(w.g.path(name), now, now))
}

// event tells the reader, as the system does.
func (w *walker) event(c watch.Change, names ...string) {
	w.clock += time.Microsecond
	now := w.g.now().Add(w.clock)
	for _, name := range names {
		dir, base := filepath.Split(w.g.path(name))
		dir = filepath.Clean(dir)
		w.g.do(os.Chtimes(dir, now, now))
		if w.g.r == nil {
			continue
		}
		if d := w.g.r.folders[dir]; d != nil {
			w.g.r.event(d, base, c)
		}
	}
}

func (w *walker) has(name string) bool {
	_, err := os.Lstat(w.g.path(name))
	return err == nil
}

func (w *walker) size(name string) int64 {
	if i, err := os.Lstat(w.g.path(name)); err == nil {
		return i.Size()
	}
	return 0
}

// add writes to a file, as who has it open does.
func (w *walker) add(name, text string) {
	c := watch.Written
	if !w.has(name) {
		c = watch.Renamed
	}
	f, err := os.OpenFile(w.g.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	w.g.do(err)
	_, err = f.WriteString(text)
	w.g.do(err)
	w.g.do(f.Close())
	w.touch(name)
	w.event(c, name)
}

func (w *walker) unit() string {
	w.units++
	return fmt.Sprintf("%04d;", w.units) + strings.Repeat("x", w.in.fill)
}

// old is what the k-th rotation is called.
func (w *walker) old(k int, ext string) string {
	name := fmt.Sprintf("%s.%d%s", walked, k, ext)
	if w.in.olddir {
		return "old/" + name
	}
	return name
}

// writer does what those do who write and rotate. Rotation is serial, as logrotate's is: while a copy or a
// compressed file is being made nothing else is renamed.
func (w *walker) writer(do byte) error {
	w.tick(false)
	serial := w.copying == 0 && w.packing == 0
	old, older := w.old(1, ""), w.old(2, "")
	switch {
	case do == writing:
		w.add(walked, w.unit()+"\n")
	case do == halving:
		w.add(walked, w.unit())
	case do == creating && !w.has(walked):
		w.add(walked, "")
	case do == renaming && serial && w.has(walked):
		w.shift()
		w.rename(walked, old)
		w.late = true
	case do == lagging && w.late && (w.packing < 2 || w.packed != old): // later it is not in what was compressed, but counted as lost
		w.add(old, w.unit()+"\n")
	case do == halfCopying && serial && w.size(walked) > 1:
		w.shift()
		w.copy(walked, old, true)
		w.copying = 1
	case do == copying && w.copying < 2 && w.packing == 0 && w.size(walked) > 0:
		if w.copying == 0 {
			w.shift()
		}
		w.copy(walked, old, false)
		w.copying = 2
	case do == truncating && w.packing == 0 && w.copying != 1 && w.size(walked) > 0:
		w.gone = w.gone || w.copying != 2 || w.size(walked) > w.size(old)
		w.g.do(os.Truncate(w.g.path(walked), 0))
		w.touch(walked)
		w.event(watch.Written, walked)
		w.copying = 0
	case do == compressing && serial && w.has(old):
		w.pack(old, 2)
		w.unpacked(old)
	case do == compressingOlder && serial && w.has(older):
		w.pack(older, 2)
		w.unpacked(older)
	case do == packing && w.copying == 0 && (w.packing > 0 && w.packed == old || w.packing == 0 && w.has(old)):
		w.packOn(old)
	case do == packingOlder && w.copying == 0 && (w.packing > 0 && w.packed == older || w.packing == 0 && w.has(older)):
		w.packOn(older)
	case do == deleting && serial && w.has(walked):
		w.gone = true
		w.g.do(os.Remove(w.g.path(walked)))
		w.event(watch.Renamed, walked)
	default:
		return errNoSense
	}
	return nil
}

// shift makes room for .1.
func (w *walker) shift() {
	w.late = false
	w.gone = w.gone || w.has(w.old(10, "")) || w.has(w.old(10, ".gz")) // written over
	for k := 9; k > 0; k-- {
		for _, ext := range []string{"", ".gz"} {
			if from := w.old(k, ext); w.has(from) {
				w.rename(from, w.old(k+1, ext))
			}
		}
	}
}

// packOn takes one step of compressing a file.
func (w *walker) packOn(name string) {
	w.packed = name
	if w.packing++; w.packing < 3 {
		w.pack(name, w.packing)
	} else {
		w.unpacked(name)
		w.packing = 0
	}
}

func (w *walker) rename(from, to string) {
	w.g.do(os.Rename(w.g.path(from), w.g.path(to)))
	w.event(watch.Renamed, from, to)
}

func (w *walker) copy(from, to string, half bool) {
	b, err := os.ReadFile(w.g.path(from))
	w.g.do(err)
	if half {
		b = b[:len(b)/2]
	}
	w.g.do(os.WriteFile(w.g.path(to), b, 0o644))
	w.touch(to)
	w.event(watch.Renamed, to)
}

// pack makes half of a compressed file, or all of it, as gzip(1) does: at last it has the time of the original.
func (w *walker) pack(name string, step int) {
	b, err := os.ReadFile(w.g.path(name))
	w.g.do(err)
	i, err := os.Stat(w.g.path(name))
	w.g.do(err)
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err = z.Write(b)
	w.g.do(err)
	w.g.do(z.Close())
	to := name + ".gz"
	if step == 1 {
		w.g.do(os.WriteFile(w.g.path(to), out.Bytes()[:out.Len()/2], 0o644))
		w.touch(to)
	} else {
		w.g.do(os.WriteFile(w.g.path(to), out.Bytes(), 0o644))
		w.g.do(os.Chtimes(w.g.path(to), i.ModTime(), i.ModTime()))
	}
	w.event(watch.Renamed, to)
}

// unpacked deletes what was compressed.
func (w *walker) unpacked(name string) {
	w.late = w.late && name != w.old(1, "")
	w.g.do(os.Remove(w.g.path(name)))
	w.event(watch.Renamed, name)
}

// onDisk returns the units of whole lines that lie on the disk, and where.
func (w *walker) onDisk() map[string]string {
	all := map[string]string{}
	for name, text := range w.texts() {
		for _, unit := range unitsOf(text[:strings.LastIndexByte(text, '\n')+1]) {
			all[unit] = filepath.Base(name)
		}
	}
	return all
}

// texts returns what lies on the disk, unpacked, by its name.
func (w *walker) texts() map[string]string {
	all := map[string]string{}
	names, err := filepath.Glob(w.g.path(walked + "*"))
	w.g.do(err)
	old, err := filepath.Glob(w.g.path("old/*"))
	w.g.do(err)
	for _, name := range append(names, old...) {
		b, err := os.ReadFile(name)
		w.g.do(err)
		if strings.HasSuffix(name, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(b))
			if err != nil {
				continue // half of it
			}
			if b, err = io.ReadAll(z); err != nil {
				continue
			}
		}
		all[name] = string(b)
	}
	return all
}

// unitsOf returns the whole units in a text.
func unitsOf(text string) (all []string) {
	for _, unit := range strings.SplitAfter(strings.NewReplacer("\n", "", "x", "").Replace(text), ";") {
		if len(unit) == 5 {
			all = append(all, unit)
		}
	}
	return all
}

// finish ends what was begun. A copy that is left beside its original is a log of its own.
func (w *walker) finish() {
	w.pending = nil
	for w.packing > 0 {
		w.packOn(w.packed)
	}
	for _, do := range []byte{copying, truncating} {
		if w.copying > 0 {
			_ = w.writer(do)
		}
	}
}

// over waits until all has come that will, and returns what is wrong.
func (w *walker) over() string {
	w.finish()
	if w.look(true); w.g.r == nil { // it was killed in it
		w.look(true)
	}
	for _, pause := range []time.Duration{0, time.Second, 6 * time.Second, 6 * time.Second, 12 * time.Second, 12 * time.Second, time.Second} {
		w.worker(filling)
		w.g.elapse(pause)
		w.look(true)
	}
	w.worker(filling)
	if w.wrong != "" {
		return w.wrong
	}
	if b := w.g.reg.Broken(); len(b) > 0 {
		return "broken promise: " + b[0]
	}
	where := map[string][]string{}
	for _, x := range w.g.out {
		for _, unit := range unitsOf(x.text) {
			at := x.identity()
			if !w.again[at] || !slices.Contains(where[unit], at) {
				where[unit] = append(where[unit], at)
			}
		}
	}
	for unit, at := range w.onDisk() {
		if len(where[unit]) == 0 {
			return fmt.Sprintf("not arrived: %s, which is in %s", unit, at)
		}
	}
	if l := w.g.reg.Losses(); len(l) > 0 && !w.gone {
		return "counted as lost, though nothing is gone: " + l[0]
	}
	for unit, all := range where {
		if len(all) > 1 && all[0] == all[1] {
			return fmt.Sprintf("came again: %s as %v", unit, all)
		}
		if len(all) > 1 && !w.unclear[unit] {
			return fmt.Sprintf("two identities: %s as %v", unit, all)
		}
	}
	return ""
}
