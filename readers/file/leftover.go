package file

// leftover is a copy of a stream that ends before what was read of it.
type leftover struct {
	size   int64
	finger uint64 // of its first n bytes
	n      uint16
}

func (p *pass) leaves(f *file, size int64, finger uint64, n uint16) {
	if p.left == nil {
		p.left = map[*file]leftover{}
	}
	p.left[f] = leftover{size, finger, n}
}

// keepsOf notes of a stream that ended what is left of it: copies that were compared with it, or found when it was looked for.
func (r *Reader) keepsOf(p *pass, g *file) {
	if l, ok := p.left[g]; ok {
		r.isLeftOf(g, l.size, l.finger, l.n)
	}
	for f := range r.held {
		if f.twin == g && !f.busy && f.fingerLen > 0 && r.wasRead(f) {
			r.isLeftOf(g, f.size, f.finger, f.fingerLen)
		}
	}
}

// isLeftOf notes of a stream that ended that a copy, which ends before what was read, is left of it: that, or what is made of it, is known by its size
// and its beginning, which can be less than the fingerprint covers.
func (r *Reader) isLeftOf(g *file, size int64, finger uint64, n uint16) {
	if !g.retired || size >= g.read || size <= g.short {
		return
	}
	g.own().short = size
	if n < g.fingerLen {
		g.finger, g.fingerLen = finger, n
	}
	r.publish(g)
}
