package file

import "cmp"

// A file that has the beginning of a line and no more has no stream yet. What it held is remembered all the same, by the fingerprint of what was
// seen of it: it may be the beginning of a log that is copied and written anew, or of a copy.

// isHalf notes what is in f, which was changed last at mtime.
func (r *Reader) isHalf(f *file, head []byte, mtime int64) {
	f.finger, f.fingerLen, f.turned = sum(head), uint16(len(head)), mtime
	if len(head) > 0 {
		r.halves[f] = struct{}{}
	}
}

// wasAnother asks for what half a line was the beginning of, which is not in f any more: it may have been written to its end, copied
// and truncated since.
func (r *Reader) wasAnother(f *file) {
	if g, ok := r.owed[f]; ok {
		r.ask(g)
	}
	if f.folder != nil && f.folder.wants(f.base, r.excl) {
		r.ask(gap{place{f.folder, f.base}, f.turned})
	}
	f.finger, f.fingerLen = 0, 0
}

// holdHalves holds back what has less than a line, was met before f, which has one, and is called a rotation of it: a copy that is
// older than what was written to f last.
func (r *Reader) holdHalves(p *pass, f *file) {
	most := 1024 // this is asked of each file that is new
	for g := range r.halves {
		if most--; most < 0 {
			break
		}
		if g.held == 0 && g.size > 0 && !g.alone && !g.busy && f.folder != nil && f.base != g.base && rotationOf(f.base, g.base) && r.sameBlocks(g, f) {
			r.holdBack(p, g, f)
		}
	}
}

// twinOfBeginning tells the same of a file with half a line, which has no first line to be found by: of a log whose rotation it is called, whether
// that has a first line or not, and which was there before it. What is in it may be handed out with the whole line.
func (r *Reader) twinOfBeginning(p *pass, f *file, head []byte) bool {
	if f.alone || len(head) == 0 || p.first && r.clock.age(f.mtime) >= int64(heldFor) {
		return false
	}
	name, aside := cmp.Or(f.base, f.lastBase), r.isAside(f)
	if !aside && len(rotatedFrom(name)) == 0 {
		return false
	}
	for _, g := range r.files {
		if g == f || g.retired || g.folder == nil || g.birth > f.birth && f.birth != 0 || g.Dev != f.Dev && r.isAway(g) ||
			(g.base == name || !rotationOf(g.base, name)) && (!aside || g.stream == nil || !r.rotated(g, name)) || !r.sameBlocks(f, g) {
			continue
		}
		r.holdBack(p, f, g)
		return true
	}
	return false
}
