package file

import (
	"maps"
	"path/filepath"
	"slices"
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
	g.since = r.clock.since(g.since)
	r.asked[g.live] = struct{}{}
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

// unsure returns since when others may have had the name that f was found under, and
// have no stream yet; 0: none had.
func (r *Reader) unsure(f *file) int64 {
	if len(r.gaps)+len(r.owed)+len(r.unpacking)+len(r.barred) == 0 {
		return 0
	}
	dir, base := filepath.Split(f.stream.Path)
	live := place{r.folders[filepath.Clean(dir)], base}
	if live.d == nil {
		return 0
	}
	since := r.gaps[live]
	earlier := func(g gap) {
		if g.live == live && (since == 0 || g.since < since) {
			since = g.since
		}
	}
	if at, ok := r.barred[live]; ok {
		earlier(gap{live, at})
	}
	for _, o := range r.owed {
		earlier(o)
	}
	for _, x := range r.unpacking {
		earlier(*x.gap)
	}
	return since
}

// storeGaps tells the registry which names have gaps, and which have none any more.
func (r *Reader) storeGaps() {
	tell := func(at place) {
		if f := at.d.files[at.name]; f != nil {
			r.publish(f)
		}
	}
	for at := range r.gaps {
		tell(at)
	}
	for at := range r.barred {
		tell(at)
	}
	for _, o := range r.owed {
		tell(o.live)
	}
	for _, x := range r.unpacking {
		tell(x.gap.live)
	}
	for f := range r.marked {
		r.publish(f)
	}
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
	i, born, err := r.disk.statBorn(at.d.join(at.name))
	f := at.d.files[at.name]
	if f != nil && (gone(err) || err == nil && i.inode != f.inode) {
		r.displace(p, f)
	} else if f != nil {
		return
	}
	if err == nil && i.regular() {
		if link := r.disk.isLink(at.d.join(at.name)); !link || r.cfg.FollowLinks {
			r.meet(p, found{place: at, info: i, born: born, link: link})
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
			if x.mtime < since || x.name == live.name && dir == live.d.path || !rotationOf(base, x.name) || r.tooOld(live, x) {
				continue
			}
			if g := r.files[x.inode]; g != nil && !g.retired && !r.vacated(p, g, &candidate{found: x, dir: dir}) {
				if g.stream == nil && isCompressed(x.name) {
					r.owe(g, gap{live, since}) // nothing is in it yet: its original may be deleted before that
				}
				switch {
				case g.folder == nil:
					if !slices.Contains(p.moved, g) {
						p.moved = append(p.moved, g) // found again
					}
				case x.size != g.size:
					r.doubt(g) // grown, or written anew and compressed since
				}
				continue
			}
			g := gap{live, since}
			p.fresh = slices.DeleteFunc(p.fresh, func(y found) bool {
				if y.inode == x.inode && y.gap != nil && y.gap.over(g) {
					g = *y.gap
				}
				return y.inode == x.inode
			})
			x.place, x.gap = place{r.enter(dir, nil), x.name}, &g
			p.fresh = append(p.fresh, x)
		}
	}
}
