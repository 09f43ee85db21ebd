package file

import (
	"path/filepath"
	"strings"
	"time"

	"logskiff/readers/file/disk"
)

// A log that was first seen a moment ago is not known to the next start after a power
// cut: the store is synced about once a second. If it was renamed meanwhile, only its
// rotations are left of it. So a reader stores by when it had registered all there was
// (Registry.Looked): a name that a start does not know, and that has rotations changed
// since then, may have been followed, or has come while nobody looked. Both are a gap.

// fileTick is how far a file's time can lie behind the clock's: kernels stamp files with
// the time of their last timer interrupt (time(7), the software clock).
const fileTick = 20 * time.Millisecond

// looked stores that all is registered that this look could find. The first time that is
// synced, with all that was found, at the cost of one sync; later it is stored with what changes.
func (r *Reader) looked(p *pass) {
	if r.allKnown == 0 || !r.blind() {
		r.allKnown = p.wall - int64(fileTick)
	}
	if err := r.reg.Looked(time.Unix(0, r.allKnown), p.first); err != nil {
		r.log.Warn("cannot store what was found; reading on", "error", err)
	}
}

// blind tells whether there is a folder that could not be looked at.
func (r *Reader) blind() bool {
	for _, d := range r.folders {
		if d.failed || d.away {
			return true
		}
	}
	return false
}

// knewAll takes over by when the former run had registered all there was.
func (r *Reader) knewAll() {
	if r.env.Looked.IsZero() {
		return
	}
	r.knew = r.env.Looked.UnixNano()
	if r.clock.ahead(r.knew) {
		r.knew = r.clock.remembered()
	}
	r.allKnown = r.knew
}

// notRegistered asks who had the names before that no checkpoint knows.
func (r *Reader) notRegistered(fresh []found) {
	for _, x := range fresh {
		r.mayHaveHad(x.place)
	}
}

// maybeRotated asks the same of a name that nothing has, for one of its rotations.
func (r *Reader) maybeRotated(p *pass, d *folder, e disk.Entry) {
	if r.knew == 0 || e.Folder || e.Link || e.Other {
		return
	}
	for _, base := range rotatedFrom(e.Name) {
		if live := (place{d, base}); d.wants(base, r.excl) && (p.first || !p.called(r, live)) {
			r.mayHaveHad(live)
		}
	}
}

// metLate asks the same of a folder that is listed for the first time after the first look: it, or the one it lies in, could not be looked at.
func (r *Reader) metLate(p *pass, d *folder, fresh []found, entries []disk.Entry) {
	if p.first || r.knew == 0 {
		return
	}
	for _, x := range fresh {
		if !p.called(r, x.place) {
			r.mayHaveHad(x.place)
		}
	}
	for _, e := range entries {
		if d.files[e.Name] == nil && (isCompressed(e.Name) || !d.wants(e.Name, r.excl)) {
			r.maybeRotated(p, d, e)
		}
	}
}

func (r *Reader) mayHaveHad(live place) {
	if r.knew == 0 {
		return
	}
	if _, known := r.lastSeen[live.d.join(live.name)]; !known {
		r.young[live] = r.knew
		r.ask(gap{live, r.knew})
	}
}

// rotatedFrom returns the names of which name can be a rotation: see rotationOf.
func rotatedFrom(name string) (bases []string) {
	if isCompressed(name) {
		name = strings.TrimSuffix(name, filepath.Ext(name))
		bases = append(bases, name)
	}
	ext := filepath.Ext(name)
	end := len(name) - len(ext)
	for i := len(name) - 1; i > 0; i-- {
		if dated(name[i:]) {
			bases = append(bases, name[:i])
		}
		if ext != "" && i < end && dated(name[i:end]) {
			bases = append(bases, name[:i]+ext)
		}
	}
	return bases
}
