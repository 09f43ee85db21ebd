package file

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"logskiff/readers/file/disk"
)

func (r *Reader) spoolPath(name string) string { return filepath.Join(r.env.SpoolDir, name) }

// spoolRest keeps what is not acknowledged of files that have no name: when
// their descriptors are closed, it is gone.
func (r *Reader) spoolRest() error {
	if r.env.SpoolDir == "" || r.cfg.Spool == 0 {
		return nil
	}
	var errs []error
	used := r.spoolUsed()
	for _, f := range r.files {
		if f.stream == nil || f.fd < 0 || f.arch != nil || f.spool != "" || f.ended {
			continue
		}
		i, err := r.disk.Fstat(int(f.fd))
		if f.nuls != nil {
			i.Size = min(i.Size, f.size)
		}
		if err != nil || f.folder != nil && i.Links > 0 || i.Size <= f.deliv {
			continue
		}
		if !r.readsAs(int(f.fd), i, f) {
			continue // written anew before it was deleted: this is not its rest
		}
		r.detach(f)
		f.size = max(f.size, i.Size)
		rest := i.Size - f.deliv
		if used+rest > int64(r.cfg.Spool) {
			r.log.Warn("lost: the spool is full, so the unread rest of a deleted file will be gone", "path", f.stream.Path, "stream", f.stream.ID, "offset", f.deliv, "bytes", rest)
			continue
		}
		name := f.stream.ID.String() + ".rest"
		if err := r.copyRest(f, i.Size, name); err != nil {
			errs = append(errs, fmt.Errorf("cannot keep the unread rest of %s: %w", f.stream.Path, err))
			continue
		}
		used += rest
		own := f.own()
		own.spool, own.at = name, f.deliv
		r.log.Info("kept: the unread rest of a deleted file", "path", f.stream.Path, "stream", f.stream.ID, "offset", f.deliv, "bytes", rest)
	}
	return errors.Join(errs...)
}

// spoolUsed returns how many bytes the spool holds.
func (r *Reader) spoolUsed() (n int64) {
	all, _ := os.ReadDir(r.env.SpoolDir)
	for _, e := range all {
		if i, err := e.Info(); err == nil {
			n += i.Size()
		}
	}
	return n
}

func (r *Reader) copyRest(f *file, size int64, name string) error {
	if err := os.MkdirAll(r.env.SpoolDir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(r.env.SpoolDir, name+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails once it is renamed
	_, err = io.Copy(tmp, &section{&r.disk, int(f.fd), f.deliv, size})
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), r.spoolPath(name)); err != nil {
		return err
	}
	dir, err := os.Open(r.env.SpoolDir)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// section reads a part of an open file.
type section struct {
	disk    *disk.Disk
	fd      int
	at, end int64
}

func (s *section) Read(p []byte) (int, error) {
	if s.at >= s.end {
		return 0, io.EOF
	}
	n, err := s.disk.PreadFull(s.fd, p[:min(int64(len(p)), s.end-s.at)], s.at)
	s.at += int64(n)
	if n == 0 && err == nil {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// fromSpool has a kept rest read, before all else.
func (r *Reader) fromSpool(p *pass, f *file, c *stored) {
	f.retired, f.ended = false, false
	i, err := disk.System{}.Stat(r.spoolPath(c.Spool))
	if err != nil || !i.Regular() || c.SpoolAt > c.Offset || c.SpoolAt+i.Size < c.Offset {
		f.own().goneAt = p.wall
		r.log.Warn("cannot read the kept rest of a deleted file", "path", c.Path, "stream", c.ID, "offset", c.Offset, "error", err)
		r.end(p, f, "its kept rest cannot be read")
		return
	}
	own := f.own()
	own.spool, own.at = c.Spool, c.SpoolAt
	f.size, f.displaced = c.SpoolAt+i.Size, true
	f.grown = p.now
	f.saw(f.size, f.deliv, f.grown)
	r.put(f, i.Inode)
	r.care(f)
	r.push(f)
}

// dropSpool deletes the spool file of a stream that has been read and
// acknowledged to its end.
func (r *Reader) dropSpool(f *file) {
	path := r.spoolPath(f.spool)
	f.own().spool = ""
	r.postpone(func() {
		if err := os.Remove(path); err != nil && !disk.Gone(err) {
			r.log.Warn("cannot delete a spool file", "path", path, "error", err)
		}
	})
}
