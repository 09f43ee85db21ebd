package file

import (
	"maps"
	"path/filepath"
	"slices"

	"logskiff/readers/file/disk"
)

// Between two looks a followed name may have had contents that nobody met: a gap.
// They are looked for among the name's rotations when it is known what has it now;
// whatever comes and goes after that is the next look's, as is all that comes while
// nothing has the name. A content that was found is owed until it has a stream of its
// own, or another's: it may be empty, half compressed, or perhaps a copy. As long as a
// name has a gap or is owed one, that is stored with the streams that were found under
// it (Identity.Since), so that a restart asks again.

// gap is a followed name that others may have had since then. What had it last was
// changed last at since, as far as anyone saw; what had it later was changed later.
type gap struct {
	live  place
	since int64
}

// over tells whether g says more than was of the same content: it is the gap of the
// name that the other's was rotated from, or began earlier.
func (g gap) over(was gap) bool {
	if g.live == was.live {
		return g.since < was.since
	}
	return g.live.d == was.live.d && rotationOf(g.live.name, was.live.name)
}

// ask has a gap filled in this look.
func (r *Reader) ask(g gap) {
	g.since = max(r.clock.since(g.since), 1) // 0 would be none
	r.asked[g.live], r.touched[g.live] = struct{}{}, struct{}{}
	if was, ok := r.gaps[g.live]; !ok || g.since < was {
		r.gaps[g.live] = g.since
	}
}

// owe notes that what f will hold may be what had a gap's name.
func (r *Reader) owe(f *file, g gap) {
	g.since = r.clock.since(g.since)
	if was, ok := r.owed[f]; !ok || g.over(was) {
		r.owed[f] = g
	}
}

// quitOwed lets go of empty files that will hold nothing: a log that was rotated before anything was in it, and that nobody
// has written to for long enough. Those under another name than a followed one are ended then: see windUp.
func (r *Reader) quitOwed(p *pass) {
	for f, g := range r.owed {
		if f.stream == nil && f.size == 0 && f.nuls == nil && f.folder != nil && !f.displaced && !f.busy && p.now-f.grown >= int64(heldFor) {
			delete(r.owed, f)
			r.touched[g.live] = struct{}{}
		}
	}
}

// gapSince returns since when others may have had a name, and have no stream yet; 0: none had. All
// that a gap can be under way as is listed here and in eachGap.
func (r *Reader) gapSince(live place) (since int64) {
	earlier := func(at int64, ok bool) {
		if ok && (since == 0 || at < since) {
			since = at
		}
	}
	for _, all := range [...]map[place]int64{r.gaps, r.absent, r.barred} {
		at, ok := all[live]
		earlier(at, ok)
	}
	for _, o := range r.owed {
		earlier(o.since, o.live == live)
	}
	for _, x := range r.unpacking {
		earlier(x.gap.since, x.gap.live == live)
	}
	return since
}

// eachGap calls fn for each name with a gap that a look brings further. Those that wait for
// something to have the name (absent), or for a folder that can be searched (barred), are not among them.
func (r *Reader) eachGap(fn func(live place)) {
	for live := range r.gaps {
		fn(live)
	}
	for _, o := range r.owed {
		fn(o.live)
	}
	for _, x := range r.unpacking {
		fn(x.gap.live)
	}
}

// waitsForNoGap tells whether there are none.
func (r *Reader) waitsForNoGap() bool { return len(r.gaps)+len(r.owed)+len(r.unpacking) == 0 }

// unsure returns the same of the name that f was found under.
func (r *Reader) unsure(f *file) int64 {
	if r.waitsForNoGap() && len(r.absent)+len(r.barred) == 0 {
		return 0
	}
	dir, base := filepath.Split(f.stream.Path)
	d := r.folders[filepath.Clean(dir)]
	if d == nil {
		return 0
	}
	return r.gapSince(place{d, base})
}

// mark notes that a gap of the name that f was found under is stored with f; since 0: none is.
func (r *Reader) mark(f *file, since int64) {
	if f.since != since {
		f.own().since = since
	}
	all := r.marked[f.stream.Path]
	switch {
	case since == 0:
		if delete(all, f); len(all) == 0 {
			delete(r.marked, f.stream.Path)
		}
	case all == nil:
		r.marked[f.stream.Path] = map[*file]struct{}{f: {}}
	default:
		all[f] = struct{}{}
	}
}

// storeGaps tells the registry which names have gaps, and which have none any more. A gap is stored with
// what has the name, or else with any stream that was found under it: as long as one is open, one of them has it.
func (r *Reader) storeGaps() {
	if r.waitsForNoGap() && len(r.touched) == 0 {
		return
	}
	open := map[place]struct{}{}
	r.eachGap(func(live place) { open[live] = struct{}{} })
	due := r.touched
	r.touched = open
	maps.Copy(due, open)
	var bare map[string]struct{} // names whose gap is stored with nobody
	for live := range due {
		path := live.d.join(live.name)
		if f := live.d.files[live.name]; f != nil {
			r.publish(f)
		}
		for f := range r.marked[path] {
			r.publish(f)
		}
		if len(r.marked[path]) == 0 && r.gapSince(live) != 0 {
			if bare == nil {
				bare = map[string]struct{}{}
			}
			bare[path] = struct{}{}
		}
	}
	if bare == nil {
		return
	}
	for f := range r.ever() {
		if len(bare) == 0 {
			return
		}
		if f.stream == nil || f.forgotten {
			continue
		}
		if _, ok := bare[f.stream.Path]; ok {
			delete(bare, f.stream.Path)
			r.publish(f)
		}
	}
}

// cameAndWent asks who had a name that nothing has, when one of its rotations was not met yet: what will
// have the name next may never come.
func (r *Reader) cameAndWent(d *folder, e disk.Entry) {
	if len(r.absent) == 0 || e.Link || d.files[e.Name] != nil {
		return
	}
	if r.met(disk.Inode{Dev: d.Dev, Ino: e.Ino}) {
		return
	}
	for _, base := range rotatedFrom(e.Name) {
		if since, absent := r.absent[place{d, base}]; absent {
			r.ask(gap{place{d, base}, since})
		}
	}
}

// met tells whether something is or was followed that has an inode, or is known from where it was packed.
func (r *Reader) met(n disk.Inode) bool {
	_, known := r.archives[n]
	return known || r.files[n] != nil
}

// wentElsewhere asks the same of the folders in which no names are looked for. It is not urgent: as long as
// the gap is open the name is asked for, also by a restart.
func (r *Reader) wentElsewhere(p *pass) {
	for live, since := range r.absent {
		d := live.d
		if d.away || d.missing || d.searched != p.now && d.searched != 0 && p.now-d.searched < d.patience() {
			continue
		}
		d.searched = p.now
		for _, s := range r.spots(live) {
			dirs := r.rules.olddirs(&r.disk, s.dir)
			for _, b := range r.below(p, s.dir) {
				if b.mtime >= since && !slices.Contains(dirs, b.path) {
					dirs = append(dirs, b.path)
				}
			}
			if s.dir != live.d.path {
				dirs = append(dirs, s.dir)
			}
			if slices.ContainsFunc(dirs, func(dir string) bool { return r.hasUnmet(p, dir, s.bases, since) }) {
				r.ask(gap{live, since})
			}
		}
	}
}

// hasUnmet tells whether a folder has rotations of these names that were not met yet.
func (r *Reader) hasUnmet(p *pass, dir string, bases []string, since int64) bool {
	for _, base := range bases {
		for _, x := range alike(r.contents(p, dir), base) {
			if x.Mtime >= since && x.name != base && rotationOf(base, x.name) && !r.met(x.Inode) {
				return true
			}
		}
	}
	return false
}

// fillGaps looks again when a file was renamed or compressed meanwhile.
func (r *Reader) fillGaps(p *pass) {
	for tries := 0; len(r.gaps) > 0 && tries < 5; tries++ {
		gaps := maps.Clone(r.gaps)
		maps.DeleteFunc(gaps, func(live place, _ int64) bool { return live.d.away })
		if len(gaps) == 0 {
			return
		}
		p.vanished = false
		clear(r.asked)
		for live := range gaps {
			r.surely(live, func() { r.lookAt(p, live) })
		}
		r.adopt(p)
		clear(p.index)
		clear(p.below)
		for live, since := range gaps {
			r.surely(live, func() { r.siblings(p, live, since) })
		}
		r.decide(p) // what is known, before a copy of it can be taken for another content
		r.adopt(p)
		if p.vanished {
			continue
		}
		for live := range gaps {
			if _, again := r.asked[live]; again {
				continue
			}
			if r.isShut(live) {
				r.barred[live] = r.gaps[live]
			}
			if live.d.files[live.name] == nil { // what has it next may be rotated before the next look
				r.absent[live] = r.gaps[live]
			} else {
				r.retrace(live)
				delete(r.young, live)
			}
			delete(r.gaps, live)
		}
	}
	for live := range r.gaps {
		live.d.dirty = live.d.dirty || !live.d.again
	}
}

// surely has a gap asked for again, at the next poll, when fn was not answered.
func (r *Reader) surely(live place, fn func()) {
	sure := r.sure()
	if fn(); !sure() {
		live.d.again = true
		r.ask(gap{live, r.gaps[live]})
	}
}

// lookAt finds out what has a name now.
func (r *Reader) lookAt(p *pass, at place) {
	i, born, err := r.disk.StatBorn(at.d.join(at.name))
	f := at.d.files[at.name]
	if f != nil && (disk.Gone(err) || err == nil && i.Inode != f.Inode) {
		r.displace(p, f)
	} else if f != nil {
		return
	}
	if err == nil && i.Regular() {
		if link := r.disk.IsLink(at.d.join(at.name)); !link || r.cfg.FollowLinks {
			r.meet(p, found{place: at, Info: i, born: born, link: link})
		}
	}
}

// siblings has the rotations of a live name followed that were changed at since or
// later. Contents that are known already, and copies of them, are sorted out when they
// are adopted.
func (r *Reader) siblings(p *pass, live place, since int64) {
	for _, s := range r.spots(live) {
		r.siblingsIn(p, live, since, s)
		for _, dir := range r.rules.olddirs(&r.disk, s.dir) {
			r.siblingsIn(p, live, since, spot{dir, s.bases})
		}
		r.siblingsBelow(p, live, since, s)
	}
}

func (r *Reader) siblingsIn(p *pass, live place, since int64, s spot) {
	dir := s.dir
	for _, base := range s.bases {
		for _, x := range alike(r.contents(p, dir), base) {
			if x.Mtime < since || x.name == live.name && dir == live.d.path || !rotationOf(base, x.name) || r.tooOld(live, x) {
				continue
			}
			if g := r.files[x.Inode]; g != nil && !g.retired && !r.vacated(p, g, &candidate{found: x, dir: dir}) {
				if g.stream == nil {
					r.owe(g, gap{live, since}) // nothing is in it yet: it may be compressed, or its original deleted, before that
				}
				switch {
				case g.folder == nil:
					if !slices.Contains(p.moved, g) {
						p.moved = append(p.moved, g) // found again
					}
				case x.Size != g.size:
					r.doubt(g) // grown, or written anew and compressed since
				}
				continue
			}
			g := gap{live, since}
			p.fresh = slices.DeleteFunc(p.fresh, func(y found) bool {
				if y.Inode == x.Inode && y.gap != nil && y.gap.over(g) {
					g = *y.gap
				}
				return y.Inode == x.Inode
			})
			x.place, x.gap = place{r.enter(dir, nil), x.name}, &g
			p.fresh = append(p.fresh, x)
		}
	}
}
