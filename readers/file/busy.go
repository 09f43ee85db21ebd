package file

import (
	"slices"
	"time"
)

// pacing says which folders are timed, and how.
type pacing struct {
	rate    int64         // events a second from which on one is; it is watched again below a quarter of it, in lines
	over    time.Duration // which they are counted
	stats   int64         // files that it pays to look at in the place of an event
	quiet   time.Duration // for how long its names must have been the same
	every   time.Duration // from glance to glance
	respite time.Duration // for how long one is watched, at the least, that was timed for a shorter time than that
}

func defaultPacing() pacing {
	return pacing{rate: 500, over: time.Second, stats: 5, quiet: 5 * time.Second, every: 50 * time.Millisecond, respite: 3 * time.Second}
}

// bustle counts what is written in a folder that is watched.
type bustle struct {
	writes int64 // events since from
	from   int64 // monotonic nanoseconds
	rate   int64 // a second, when that was asked last
	spared int64 // for how long it was to be watched
	until  int64 // likewise
}

// bustles counts an event of a folder, and has Run see whether there were many. Events of names
// that nobody follows count: they cost the same.
func (r *Reader) bustles(d *folder) {
	if d.timed != nil {
		return // it was under way when the watch was given back
	}
	if d.writes++; d.writes == max(r.pacing.rate*int64(r.pacing.over)/int64(time.Second), 1) {
		r.busy = append(r.busy, d)
		r.poke()
	}
}

// busyNow returns the folders in which many events came lately; rate is how many a second.
func (r *Reader) busyNow(p *pass) (busy []*folder) {
	r.busy = slices.DeleteFunc(r.busy, func(d *folder) bool {
		passed := p.now - d.from
		if passed < int64(r.pacing.over) {
			return false // perhaps a burst; another look tells
		}
		d.rate = d.writes * int64(time.Second) / max(passed, 1)
		d.from, d.writes = p.now, 0
		if d.rate >= r.pacing.rate && p.now >= d.until {
			busy = append(busy, d)
		}
		return true
	})
	return busy
}

// beginTimed gives back the watches of busy folders, where nothing is under way.
func (r *Reader) beginTimed(p *pass) {
	for _, d := range r.busyNow(p) {
		if d.sub == nil || r.folders[d.path] != d || p.now-d.dated < int64(r.pacing.quiet) || !r.calm(d) || r.env.Hub.Scarce() {
			continue
		}
		t := &timed{found: r.env.Hub.FoundIn(d.watch.Path), began: p.now, since: p.now}
		t.lines = t.found.Load()
		if !t.take(d) || int64(len(t.names)-1)*int64(time.Second) > d.rate*r.pacing.stats*int64(r.pacing.every) {
			continue
		}
		r.unwatch(d)
		r.log.Debug("polling: a busy folder is not watched, but looked at by the clock", "path", d.path)
		d.timed = t
		r.timed = append(r.timed, d)
	}
}

// calm tells whether nothing is under way that d may have to do with.
func (r *Reader) calm(d *folder) bool {
	switch {
	case len(r.suspects)+len(r.ordering)+len(r.gaps)+len(r.owed)+len(r.unpacking)+len(r.barred) > 0:
		return false
	case d.dirty || len(d.named) > 0 || d.again || d.missing || d.failed || d.away || d.unwatched || d.polled || d.blind || len(d.expected) > 0:
		return false
	case len(d.globs) > 0 && !d.settled && r.pacing.quiet >= grain:
		return false
	}
	return !slices.ContainsFunc(r.tended, func(f *file) bool { return f.folder == nil && !f.ended && (f.last == d || f.last == nil) })
}
