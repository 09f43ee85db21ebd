package file

import (
	"maps"
	"slices"
	"time"

	"logskiff/readers"
	"logskiff/readers/file/disk"
	"logskiff/record"
)

const (
	// lastLineWait is how long a renamed or deleted file must be quiet before its
	// last line is sent without a newline.
	lastLineWait = 5 * time.Second
	// missingWait is how long a name may be gone before its file counts as
	// deleted: a listing that races with a rename can miss both names.
	missingWait = 500 * time.Millisecond
	idleClose   = 30 * time.Second
	keepGone    = 7 * 24 * time.Hour
)

// place is a name in a folder.
type place struct {
	d    *folder
	name string
}

// found is a name whose file is not known yet.
type found struct {
	place
	disk.Info
	born int64 // when it was created, 0: not known; inodes are used again
	link bool
	gap  *gap // the followed name that it had while nobody looked, or nil
}

// pass is one look, and what it has come across.
type pass struct {
	now         int64 // monotonic
	wall        int64 // what files' times are compared with
	first       bool
	poll, sweep bool
	moved       []*file                // whose name is not theirs any more
	fresh       []found                // names of inodes that are not followed
	seen        map[disk.Inode][]place // other names of files that are followed
	was         map[place]*file        // who had a name before this look
	paths       map[string]struct{}    // that anything has or had; nil: few have asked yet
	asking      int                    // how many did
	index       map[string][]found     // folders listed in full
	below       map[string][]sub       // folders below one
	quiet       map[string]struct{}    // of these: what cannot be searched is nobody's trouble
	vanished    bool                   // a file was gone when it was to be adopted
	left        map[*file]leftover     // of files that may end, a compressed copy that ends before what was read
	moving      map[*file]bool         // that were looked for since their inodes are others'
	unnamed     []*file                // what was written anew while the agent was away, until all that the checkpoints know is found
	lending     []*file                // of the checkpoints, those whose first bytes may belong to another's last record
}

// look is one round of Run: it looks at what is due, decides, and returns when
// in how long it wants to look again at the latest.
func (r *Reader) look() time.Duration {
	p := &pass{seen: map[disk.Inode][]place{}, was: map[place]*file{}, index: map[string][]found{}, below: map[string][]sub{}, quiet: map[string]struct{}{}}
	r.mu.Lock()
	p.now, p.wall = r.clock.look(r.log)
	p.first = !r.began
	p.poll = p.first || p.now >= r.nextPoll
	p.sweep = p.first || p.now >= r.nextSweep
	if p.first {
		r.began, r.beganAt = true, p.wall
		r.load(p)
	}
	if p.poll {
		r.nextPoll = p.now + int64(r.cfg.PollInterval)
		r.enterRoots()
	}
	if p.sweep {
		r.nextSweep = p.now + r.sweepPolls()*int64(r.cfg.PollInterval)
	}
	r.endTimed()
	for again := true; again; { // a listing can make more folders known
		again = false
		for _, d := range r.dueFolders(p) {
			r.lookFolder(p, d)
			again = true
		}
	}
	if p.first {
		r.resume(p)
	}
	if p.poll {
		r.askLater()
	}
	p.fresh = append(p.fresh, r.stillUnpacking()...)
	if p.sweep {
		r.knock(p)
		r.wentElsewhere(p)
	}
	// One finding can lead to another: a renamed file that was truncated before, a
	// new one under a name that is thought to be another's. All that is known is
	// settled before new files are followed, since they may be copies of it.
	for n := 0; n < 10; n++ {
		r.decide(p)
		r.adopt(p)
		r.fillGaps(p)
		if len(r.suspects)+len(p.moved)+len(p.fresh) == 0 {
			break
		}
	}
	if p.first {
		for _, d := range r.folders {
			d.cool(&r.clock)
		}
	}
	if p.poll {
		r.tend(p)
	}
	r.reckon(p)
	r.quitOwed(p)
	r.storeGaps()
	next := min(r.order(p), r.flushIdle(p))
	r.storeCuts()
	if p.sweep {
		r.fds.idle(p.now - int64(idleClose))
		for _, f := range r.files {
			r.publish(f)
		}
	}
	if p.now >= r.nextHour {
		if !p.first { // a clock that is wrong at the start has been set by then
			r.forget(p)
		}
		r.nextHour = p.now + int64(time.Hour)
	}
	r.beginTimed(p)
	if r.resting = r.atRest(p.now); r.resting {
		next = min(next, r.nextSweep, p.now+restPolls*int64(r.cfg.PollInterval))
	} else {
		next = min(next, r.nextPoll)
	}
	if len(r.busy) > 0 {
		next = min(next, p.now+int64(r.pacing.over))
	}
	for _, d := range r.folders {
		if (d.dirty || len(d.named) > 0) && !d.away {
			next = min(next, p.now+int64(100*time.Millisecond))
		}
	}
	r.unlock()
	r.flush()
	r.letIn()
	if p.sweep {
		r.looked(p)
	}
	return time.Duration(next - p.now)
}

// decide finds out what happened to files that are not as they were. Where inodes were
// used again, a chain of rotations is settled file by file.
func (r *Reader) decide(p *pass) {
	for n := 0; n < 100 && len(r.suspects)+len(p.moved) > 0; n++ {
		suspects, moved := r.suspects, p.moved
		r.suspects, p.moved = nil, nil
		for _, f := range moved {
			r.follow(p, f)
		}
		for _, f := range suspects {
			r.inspect(p, f)
		}
	}
}

// dueFolders returns the folders to look at in this pass that were not looked at.
func (r *Reader) dueFolders(p *pass) []*folder {
	var due []*folder
	for _, d := range r.folders {
		if d.looked == p {
			continue
		}
		if (d.dirty || len(d.named) > 0) && !d.away || p.sweep || p.poll && (d.polled || d.root || d.missing || d.failed || d.away || d.again || d.expects(p.now) || d.restless()) {
			d.looked = p
			due = append(due, d)
		}
	}
	slices.SortFunc(due, func(a, b *folder) int { return compareStrings(a.path, b.path) })
	return due
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// breathe lets others have the lock for a moment.
func (r *Reader) breathe() {
	r.unlock()
	r.mu.Lock()
}

// stirred has a file read, or looked at, since it may have changed.
func (r *Reader) stirred(f *file) {
	if f.stream == nil || f.held != 0 {
		r.doubt(f)
		return
	}
	r.push(f)
}

// tend looks at the files that need more than a sweep now and then.
func (r *Reader) tend(p *pass) {
	for i, f := range r.tended {
		if i%64 == 63 {
			r.breathe()
		}
		if f.busy || f.retired || f.ended {
			continue
		}
		if f.nuls != nil {
			r.probe(p, f)
		}
		sure := r.sure()
		if f.held != 0 {
			r.checkHeld(p, f)
		}
		if f.problem != "" {
			f.tried = -1
			r.push(f)
		}
		if f.fd >= 0 {
			if i, err := r.disk.Fstat(int(f.fd)); err == nil {
				r.noticed(p, f, i)
				f.deleted = i.Links == 0
			}
		} else if f.folder != nil && f.displaced && f.arch == nil && f.spool == "" {
			switch i, err := r.disk.Stat(f.name()); {
			case err == nil && i.Inode == f.Inode:
				r.noticed(p, f, i)
			case err == nil || disk.Gone(err):
				r.follow(p, f)
			}
		}
		if f.folder == nil && (f.missing != 0 || f.fd < 0) && f.arch == nil && f.spool == "" { // it can be read nowhere, unless it is found
			r.follow(p, f)
		}
		if sure() {
			r.windUp(p, f)
		}
	}
	if p.sweep {
		for _, f := range r.files {
			if f.needsCare() {
				r.care(f)
			}
		}
	}
	r.tended = slices.DeleteFunc(r.tended, func(f *file) bool {
		f.tended = f.needsCare()
		return !f.tended
	})
}

// needsCare tells whether a file is to be looked at by itself at every poll.
func (f *file) needsCare() bool {
	return !f.retired && (f.displaced || f.folder == nil || f.held != 0 || f.problem != "" || f.nuls != nil)
}

// care has a file looked at by itself from now on.
func (r *Reader) care(f *file) {
	if !f.tended {
		f.tended = true
		r.tended = append(r.tended, f)
	}
}

// windUp ends a file that nobody will write to any more.
func (r *Reader) windUp(p *pass, f *file) {
	if f.ended || f.retired || f.missing != 0 && f.fd < 0 && f.arch == nil && f.spool == "" || !f.displaced && f.folder != nil {
		return
	}
	quiet := time.Duration(p.now - f.grown)
	static := f.arch != nil || f.spool != ""
	if f.stream == nil {
		if f.size == 0 && quiet >= lastLineWait {
			r.end(p, f, "")
		} else if quiet >= lastLineWait {
			f.final = true
			r.identify(p, f)
		}
		return
	}
	if f.behind() {
		if (quiet >= lastLineWait || static) && f.tried == f.size && !f.joining {
			r.cutOff(f, f.size)
		}
		r.push(f)
		return
	}
	wait := r.cfg.RotateWait.Std()
	switch {
	case static && f.allDelivered():
	case f.allDelivered() && f.folder == nil && quiet >= min(wait, lastLineWait) && f.deleted:
	case f.allDelivered() && quiet >= wait && (f.folder == nil || !f.folder.wants(f.base, r.excl)):
	default:
		return
	}
	r.end(p, f, "")
}

// publish tells the registry what changed about a file.
func (r *Reader) publish(f *file) {
	if f.stream == nil || f.forgotten {
		return
	}
	since := r.unsure(f)
	if f.published() && since == f.since {
		return
	}
	told := f.since == since
	r.mark(f, since)
	k := f.named()
	is := f.told(&k)
	if is == f.pub && told {
		return
	}
	f.pub, k.State = is, f.is()
	stream := f.stream.ID
	r.postpone(func() {
		if !f.forgotten { // dissolved in this look, it is not registered either
			_ = r.reg.Update(stream, k, false) // only a durable one can fail
		}
	})
}

// reckon counts what was lost, once all before it is read and acknowledged, and
// lets ended files go.
func (r *Reader) reckon(p *pass) {
	r.ends = slices.DeleteFunc(r.ends, func(f *file) bool {
		if !f.ending {
			return true
		}
		if !f.allDelivered() || f.busy || !f.ended && f.behind() {
			return false
		}
		if f.lost != nil && f.stream != nil {
			id, n, why := f.stream.ID, f.lost.bytes, f.lost.why
			if f.short == 0 && (!f.ended || f.arch != nil) { // what is left of it ends before what was counted as lost
				f.own().short = f.size
			}
			f.read += n
			f.lossy = true
			f.deliv, f.size = f.read, max(f.size, f.read)
			f.own().lost = nil
			f.anchorAt(record.Anchor{})
			r.postpone(func() { r.reg.Lose(id, n, why) })
		}
		if f.stream != nil {
			if f.ended {
				f.own().goneAt = p.wall
			}
			r.publish(f)
		}
		f.ending = false
		return true
	})
}

// lose has n bytes after f's last one counted as lost.
func (r *Reader) lose(f *file, n int64, why string) {
	if n <= 0 {
		return
	}
	if f.lost == nil {
		f.own().lost = new(loss)
	}
	f.lost.bytes, f.lost.why = f.lost.bytes+n, why
	r.log.Warn("lost: bytes of a log are gone before they were read", "path", f.stream.Path, "stream", f.stream.ID, "offset", f.size, "bytes", n, "reason", why)
	r.isEnding(f)
}

// end stops reading a file for good. What is left of it is lost if why is given.
func (r *Reader) end(p *pass, f *file, why string) {
	if f.ended {
		return
	}
	f.ended, f.retired = true, true
	if f.nuls != nil && f.stream != nil {
		r.log.Info("skipped: a log ended with NULs that were never written; they count as nothing", "path", f.stream.Path,
			"stream", f.stream.ID, "offset", f.size, "bytes", f.rawSize()-f.size)
	}
	delete(r.owed, f)
	delete(r.held, f)
	delete(r.halves, f)
	r.fds.close(f)
	if f.arch != nil {
		f.arch.close()
	}
	r.detach(f)
	if f.last != nil {
		f.last.dirty = true // what has its inode now was met as f
	}
	r.unlinkHead(f)
	r.letGo(f)
	r.unplace(f)
	if f.spool != "" {
		r.dropSpool(f)
	}
	if f.stream == nil {
		if f.former == nil || f.same != nil {
			r.unput(f)
		}
		return
	}
	if why != "" {
		r.lose(f, f.size-f.read, why)
	}
	f.size = max(f.size, f.read)
	r.keepsOf(p, f)
	r.isGone(f)
	r.isEnding(f)
}

// forget drops streams and names that are gone for so long that they cannot be met again.
func (r *Reader) forget(p *pass) {
	maps.DeleteFunc(r.absent, func(live place, since int64) bool {
		old := r.clock.age(since) > int64(keepGone)
		if old {
			r.touched[live] = struct{}{}
		}
		return old
	})
	r.forgetLinks()
	var ids []readers.Checkpoint
	r.gone = slices.DeleteFunc(r.gone, func(f *file) bool {
		if !f.retired || f.goneAt == 0 || !f.allDelivered() {
			f.filed = f.retired
			return !f.retired
		}
		f.own().goneAt = min(f.goneAt, p.wall) // the clock was set back since
		if r.clock.age(f.goneAt) < int64(keepGone) {
			return false
		}
		ids = append(ids, readers.Checkpoint{ID: f.stream.ID})
		f.forgotten, f.filed = true, false
		r.mark(f, 0)
		r.unput(f)
		return true
	})
	if len(ids) > 0 {
		r.postpone(func() {
			for _, c := range ids {
				r.reg.Forget(c.ID)
			}
		})
	}
}
