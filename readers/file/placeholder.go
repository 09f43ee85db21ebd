package file

import "logskiff/readers"

// storePlaceholder stores a placeholder for a file that appeared while start_at = "end" and
// has no first line yet: after a restart it is not taken for an old one.
func (r *Reader) storePlaceholder(f *file) {
	if _, ok := r.places[f]; ok || f.skipTo > 0 || f.folder == nil || r.cfg.StartAt != "end" && r.cfg.IgnoreOlder == 0 {
		return
	}
	id := streamID(r.env.AgentID, f.Inode, 0, nil, 0)
	r.places[f] = id
	is := Identity{Device: f.Dev, Inode: f.Ino}
	cp := readers.Checkpoint{ID: id, Known: readers.Known{Path: f.name(), Name: f.name(), State: is.State()}}
	r.postpone(func() {
		if err := r.reg.Register(cp, false); err != nil {
			r.log.Warn("cannot store a new file", "path", cp.Path, "stream", id, "error", err)
		}
	})
}

// unplace drops a file's placeholder, if it has one.
func (r *Reader) unplace(f *file) {
	id, ok := r.places[f]
	if !ok {
		return
	}
	delete(r.places, f)
	r.postpone(func() { r.reg.Forget(id) })
}
