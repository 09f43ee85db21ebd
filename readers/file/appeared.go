package file

import "logskiff/readers/file/disk"

// A name that was not there when its folder was listed last may have had others by the
// time it is met: the log appeared and was rotated while nobody looked. Nothing is known of
// it that would be missed, so what had it is looked for beside it, as a start does for a name that no
// checkpoint knows. That is a gap, and it began with the listing that did not have the name:
// what was changed last before then never had it as a log that is followed.

// appeared asks who had the names before which a listing has for the first time. What follows
// from it costs a look at the folder, so it is not asked where no rotation can lie.
func (r *Reader) appeared(p *pass, d *folder, fresh []found, entries []disk.Entry) {
	if d.whole == 0 {
		r.metLate(p, d, fresh, entries)
		return
	}
	if len(fresh)+len(d.met) == 0 {
		return
	}
	rotated := make(map[string]bool, len(fresh)+len(d.met))
	for _, x := range fresh {
		rotated[x.name] = false
	}
	for name := range d.met {
		rotated[name] = false
	}
	below := false
	for _, e := range entries {
		if below = below || e.Folder; e.Folder || e.Link {
			continue
		}
		for _, base := range rotatedFrom(e.Name) {
			if _, ok := rotated[base]; ok {
				rotated[base] = true
			}
		}
	}
	elsewhere := below || len(r.rules.olddirs(&r.disk, d.path)) > 0
	for _, x := range fresh {
		if rotated[x.name] || elsewhere || x.link {
			r.begunBefore(p, x.place, d.whole)
		}
	}
	for name := range d.met { // by this run, since the folder was listed last
		if live := (place{d, name}); rotated[name] || elsewhere {
			r.young[live] = r.beganAt
			r.ask(gap{live, d.whole})
		}
	}
}

// begunBefore asks who had a name since then, if this run has met nobody under it.
func (r *Reader) begunBefore(p *pass, live place, since int64) {
	if p.first || p.called(r, live) {
		return
	}
	r.young[live] = r.beganAt
	r.ask(gap{live, since})
}

// called tells whether anything that is or was followed has or had a name.
func (p *pass) called(r *Reader, live place) bool {
	if _, absent := r.absent[live]; absent || p.was[live] != nil || r.gapSince(live) != 0 {
		return true
	}
	if p.asking++; p.asking <= fewAsk {
		return r.calledEver(live)
	}
	if p.paths == nil {
		p.paths = map[string]struct{}{}
		for f := range r.ever() {
			if f.stream != nil {
				p.paths[f.stream.Path] = struct{}{}
			}
			if f.last != nil {
				p.paths[f.last.join(f.lastBase)] = struct{}{}
			}
		}
	}
	_, ok := p.paths[live.d.join(live.name)]
	return ok
}

// fewAsk is how many names in a look are compared with all files' one by one, which is less than putting all into a map: that
// is 10 MB of 100,000.
const fewAsk = 4

// calledEver tells whether anything that is or was followed was found under a name, or had it last.
func (r *Reader) calledEver(live place) bool {
	path := live.d.join(live.name)
	for f := range r.ever() {
		if f.stream != nil && f.stream.Path == path || f.last != nil && f.lastBase == live.name && f.last.path == live.d.path {
			return true
		}
	}
	return false
}

// isWhole notes that a folder was listed, and that all which it had was met.
func (d *folder) isWhole(p *pass) { d.whole, d.met = p.wall-int64(fileTick), nil }

// inherits notes since when a folder is there that was not, when the one it lies in was listed last.
func (d *folder) inherits(up *folder) {
	if d.listed == 0 && d.whole == 0 && !d.late {
		d.whole = up.whole
	}
}

// tooOld tells whether a rotation of a name of which nobody knew anything is left out since start_at says so: it was there
// before what says so (see young). Where nobody knows when it was made, a start leaves it out, and a run, which knows that it was
// changed since, does not.
func (r *Reader) tooOld(live place, x found) bool {
	since, young := r.young[live]
	if !young || r.cfg.StartAt != "end" || r.env.Fresh {
		return false
	}
	return x.born < r.clock.since(since) && (x.born != 0 || since != r.beganAt)
}
