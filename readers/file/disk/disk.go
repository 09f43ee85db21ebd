// Package disk is the way to file systems that may stop answering. Each system call is made by a goroutine of its
// own, which is waited for a second at most; then the mount counts as away, and what else is asked of it fails at once,
// with ErrHung, until that call returns. Who reads logs makes no system call on them but through a Disk, so that one
// mount that hangs holds up nobody who reads another.
package disk

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// Disk is one user's way to the followed file systems. It serves one goroutine at a time; the Mounts below
// it are shared.
type Disk struct {
	*Mounts
	Opener *Opener // nil: links are followed
	// Unclear counts what was asked and not answered. Who decides something for good
	// looks whether it is as it was when he began.
	Unclear int
	Hung    int   // those of them that did not come back
	Why     error // what the last of them said
}

// Add counts what was asked by other on d's behalf.
func (d *Disk) Add(other *Disk) {
	if other.Unclear > 0 {
		d.Why = other.Why
	}
	d.Unclear, d.Hung = d.Unclear+other.Unclear, d.Hung+other.Hung
	other.Unclear, other.Hung = 0, 0
}

// answer is what a call returns that returns an error too.
type answer[T any] struct {
	v   T
	err error
}

// opened is an open file.
type opened struct {
	fd   int
	born int64
	Info
}

func (d *Disk) missed(ok bool) bool {
	if !ok {
		d.Unclear++
		d.Hung++
		d.Why = ErrHung
	}
	return !ok
}

// AskAbout has call made on d's behalf and returns what it returns, or ErrHung; d counts that. call must touch nothing that
// anyone else uses. What it returns without an error when nobody waits for it any more goes to late, which may be nil.
func AskAbout[T any](d *Disk, at Where, call func(*Pulse) (T, error), late func(T)) (T, error) {
	a, ok := ask(d.Mounts, at, func(p *Pulse) answer[T] {
		v, err := call(p)
		return answer[T]{v, err}
	}, func(a answer[T]) {
		if late != nil && a.err == nil {
			late(a.v)
		}
	})
	if d.missed(ok) {
		return a.v, ErrHung
	}
	return a.v, a.err
}

func (d *Disk) statAt(at Where, path string) (Info, error) {
	i, err := AskAbout(d, at, func(*Pulse) (Info, error) { return d.Sys.Stat(path) }, nil)
	if err == nil {
		d.learn(path, i)
	}
	return i, err
}

// Stat follows symbolic links. It is for a name in a folder that is known, StatFolder
// for what may lie elsewhere.
func (d *Disk) Stat(path string) (Info, error) { return d.statAt(d.at(path), path) }

// StatFolder is Stat for a folder, or what may be one.
func (d *Disk) StatFolder(path string) (Info, error) { return d.statAt(d.AtExactly(path), path) }

// StatBorn is stat with the time at which the file was created.
func (d *Disk) StatBorn(path string) (i Info, born int64, err error) {
	return d.StatBornAt(d.at(path), path)
}

// StatBornAt is StatBorn for what hangs together with at.
func (d *Disk) StatBornAt(at Where, path string) (i Info, born int64, err error) {
	x, err := AskAbout(d, at, func(*Pulse) (opened, error) {
		i, born, err := d.Sys.StatBorn(path)
		return opened{-1, born, i}, err
	}, nil)
	if err == nil {
		d.learn(path, x.Info)
	}
	return x.Info, x.born, err
}

// BirthOf returns when a file was created, in nanoseconds; 0: not known.
func (d *Disk) BirthOf(path string) int64 {
	_, born, _ := d.StatBorn(path)
	return born
}

// StatNames is stat for names in one folder.
func (d *Disk) StatNames(at Where, dir string, names []string) ([]Stated, error) {
	return AskAbout(d, at, func(p *Pulse) ([]Stated, error) {
		to := make([]Stated, len(names))
		d.Sys.StatNames(dir, names, to, p)
		return to, nil
	}, nil)
}

// StatNamesInto is StatNames into memory of the caller's, who must give it up when it gets ErrHung.
func (d *Disk) StatNamesInto(at Where, dir string, names []string, to []Stated) error {
	_, err := AskAbout(d, at, func(p *Pulse) (struct{}, error) {
		d.Sys.StatNames(dir, names, to, p)
		return struct{}{}, nil
	}, nil)
	return err
}

// StatedBorn is what StatBorn says of a name.
type StatedBorn struct {
	Stated
	Born int64
}

// StatBornNames is StatBorn for names in one folder. The error of all is ErrHung when one
// does not answer.
func (d *Disk) StatBornNames(at Where, dir string, names []Entry) []StatedBorn {
	names = slices.Clone(names) // the caller's are used again while this may still hang
	all, err := AskAbout(d, at, func(p *Pulse) ([]StatedBorn, error) {
		all := make([]StatedBorn, len(names))
		for n, e := range names {
			p.beat()
			all[n].Info, all[n].Born, all[n].Err = d.Sys.StatBorn(dir + "/" + e.Name)
		}
		return all, nil
	}, nil)
	if err != nil {
		all = make([]StatedBorn, len(names))
		for n := range all {
			all[n].Err = err
		}
		return all
	}
	for n, e := range names {
		if all[n].Err == nil && (e.Link || all[n].Dev != at.Dev) {
			d.learn(dir+"/"+e.Name, all[n].Info)
		}
	}
	return all
}

// IsLink tells whether a name is that of a symbolic link; false where that is not known.
func (d *Disk) IsLink(path string) bool {
	kind, _ := AskAbout(d, d.at(path), func(*Pulse) (byte, error) { return d.Sys.KindOf(path), nil }, nil)
	return kind == unix.DT_LNK
}

// List returns the names in a folder, sorted.
func (d *Disk) List(path string) ([]Entry, error) {
	return AskAbout(d, d.AtExactly(path), func(p *Pulse) ([]Entry, error) { return d.Sys.List(path, p) }, nil)
}

// Resolve returns a path without symbolic links, as filepath.EvalSymlinks does.
func (d *Disk) Resolve(path string) (string, error) {
	return AskAbout(d, d.AtExactly(path), func(*Pulse) (string, error) { return d.Sys.Resolve(path) }, nil)
}

// Way returns the names to which a name leads, one after another, each in its real folder; the last may not exist. real is
// path without links in its folder, or "" where that has none.
func (d *Disk) Way(path, real string) []string {
	all, _ := AskAbout(d, d.AtExactly(path), func(*Pulse) ([]string, error) { return d.Sys.Way(path, real), nil }, nil)
	return all
}

// Eventless names file systems that do not report what other hosts do to them.
func (d *Disk) Eventless(path string) (string, error) {
	name, err := AskAbout(d, d.AtExactly(path), func(*Pulse) (string, error) { return d.Sys.Eventless(path), nil }, nil)
	if name == "FUSE" {
		d.noteFlushes(path)
	}
	return name, err
}

// OpenRead opens a regular file for reading. It cannot hang on a FIFO or
// device that took the file's name meanwhile.
func (d *Disk) OpenRead(path string) (fd int, i Info, err error) {
	o, err := AskAbout(d, d.at(path), func(*Pulse) (opened, error) {
		fd, i, err := d.Sys.OpenRead(d.Opener, path)
		if err != nil {
			return opened{-1, 0, i}, err
		}
		return opened{fd, d.Sys.Birth(fd), i}, nil
	}, func(o opened) { d.Sys.Close(o.fd) })
	if err != nil {
		return -1, o.Info, err
	}
	d.mu.Lock()
	d.fds[o.fd] = onFD{o.Dev, o.born}
	d.mu.Unlock()
	return o.fd, o.Info, nil
}

// Fstat says what is behind a descriptor that OpenRead returned.
func (d *Disk) Fstat(fd int) (Info, error) {
	return AskAbout(d, d.atFD(fd), func(*Pulse) (Info, error) { return d.Sys.Fstat(fd) }, nil)
}

// Birth returns when the file was created, in nanoseconds, or 0 when the file
// system does not say.
func (d *Disk) Birth(fd int) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fds[fd].born
}

// small is what is read into a buffer of the call's own. A larger one is the call's for
// ever when that does not come back: who gets ErrHung must give p up.
const small = 4 << 10

// PreadFull reads until p is full or the file ends.
func (d *Disk) PreadFull(fd int, p []byte, at int64) (n int, err error) {
	if len(p) <= small {
		return d.PreadSmall(fd, p, at)
	}
	n, err = AskAbout(d, d.atFD(fd), func(*Pulse) (int, error) { return d.Sys.PreadFull(fd, p, at) }, nil)
	return n, d.readError(err)
}

// piece is what was read into a buffer that is lent for one call.
type piece struct {
	b *[small]byte
	n int
}

// PreadSmall is PreadFull of at most 4 KiB. p is the caller's again whatever becomes of the call, and need not be on the
// heap: a start reads some pieces of each file.
func (d *Disk) PreadSmall(fd int, p []byte, at int64) (n int, err error) {
	size := len(p)
	lent, err := AskAbout(d, d.atFD(fd), func(*Pulse) (piece, error) {
		b := d.smalls.Get().(*[small]byte)
		n, err := d.Sys.PreadFull(fd, b[:size], at)
		return piece{b, n}, err
	}, func(late piece) { d.smalls.Put(late.b) })
	if lent.b != nil {
		n = copy(p, lent.b[:lent.n])
		d.smalls.Put(lent.b)
	}
	return n, d.readError(err)
}

// readError notes that a read failed: nothing is decided by that.
func (d *Disk) readError(err error) error {
	if err != nil && err != ErrHung {
		d.Unclear++
		d.Why = err
	}
	return err
}

// SeekData returns where the first byte from at on is that is in no hole, or to. ok is false where the
// file system does not say.
func (d *Disk) SeekData(fd int, at, to int64) (data int64, ok bool) {
	data, err := AskAbout(d, d.atFD(fd), func(*Pulse) (int64, error) { return d.Sys.SeekData(fd, at) }, nil)
	if errors.Is(err, unix.ENXIO) {
		return to, true
	}
	return min(data, to), err == nil
}

// Regular is a regular file of a folder.
type Regular struct {
	Name string
	Info
	Born int64 // when it was created, nanoseconds; 0: the file system does not say
}

// Regulars returns all regular files of a folder with what stat says of them. Files
// that are renamed meanwhile, as logrotate does with a whole row, are not missed: it
// looks again until nothing was.
func (d *Disk) Regulars(dir string) ([]Regular, error) {
	return AskAbout(d, d.AtExactly(dir), func(p *Pulse) ([]Regular, error) {
		before, err := d.Sys.List(dir, p)
		for tries := 0; err == nil; tries++ {
			all := make([]Regular, 0, len(before))
			for _, e := range before {
				p.beat()
				if e.Folder || e.Other || e.Link {
					continue
				}
				if i, born, err := d.Sys.StatBorn(dir + "/" + e.Name); err == nil && i.Regular() {
					all = append(all, Regular{Name: e.Name, Info: i, Born: born})
				}
			}
			var after []Entry
			if after, err = d.Sys.List(dir, p); err == nil && (slices.Equal(before, after) || tries == 50) {
				return all, nil
			}
			before = after
		}
		return nil, err
	}, nil)
}

// Gone tells whether err says that there is no such name.
func Gone(err error) bool { return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) }
