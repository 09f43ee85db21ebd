package file

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// disk is one user's way to the followed file systems: every system call on them is made here.
type disk struct {
	*mounts
	opener *opener
	// unclear counts what was asked and not answered. Who decides something for good
	// looks whether it is as it was when he began.
	unclear int
	hung    int   // those of them that did not come back
	why     error // what the last of them said
}

// add counts what was asked by other on d's behalf.
func (d *disk) add(other *disk) {
	if other.unclear > 0 {
		d.why = other.why
	}
	d.unclear, d.hung = d.unclear+other.unclear, d.hung+other.hung
	other.unclear, other.hung = 0, 0
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
	info
}

func (d *disk) missed(ok bool) bool {
	if !ok {
		d.unclear++
		d.hung++
		d.why = errHung
	}
	return !ok
}

func askAbout[T any](d *disk, at where, call func(*pulse) (T, error), late func(T)) (T, error) {
	a, ok := ask(d.mounts, at, func(p *pulse) answer[T] {
		v, err := call(p)
		return answer[T]{v, err}
	}, func(a answer[T]) {
		if late != nil && a.err == nil {
			late(a.v)
		}
	})
	if d.missed(ok) {
		return a.v, errHung
	}
	return a.v, a.err
}

func (d *disk) statAt(at where, path string) (info, error) {
	i, err := askAbout(d, at, func(*pulse) (info, error) { return d.sys.stat(path) }, nil)
	if err == nil {
		d.learn(path, i)
	}
	return i, err
}

// stat follows symbolic links. It is for a name in a folder that is known, statFolder
// for what may lie elsewhere.
func (d *disk) stat(path string) (info, error) { return d.statAt(d.at(path), path) }

func (d *disk) statFolder(path string) (info, error) { return d.statAt(d.atExactly(path), path) }

// statBorn is stat with the time at which the file was created.
func (d *disk) statBorn(path string) (i info, born int64, err error) {
	return d.statBornAt(d.at(path), path)
}

func (d *disk) statBornAt(at where, path string) (i info, born int64, err error) {
	x, err := askAbout(d, at, func(*pulse) (found, error) {
		i, born, err := d.sys.statBorn(path)
		return found{info: i, born: born}, err
	}, nil)
	if err == nil {
		d.learn(path, x.info)
	}
	return x.info, x.born, err
}

// birthOf returns when a file was created, in nanoseconds; 0: not known.
func (d *disk) birthOf(path string) int64 {
	_, born, _ := d.statBorn(path)
	return born
}

// statNames is stat for names in one folder.
func (d *disk) statNames(at where, dir string, names []string) ([]stated, error) {
	return askAbout(d, at, func(p *pulse) ([]stated, error) {
		to := make([]stated, len(names))
		d.sys.statNames(dir, names, to, p)
		return to, nil
	}, nil)
}

// statNamesInto is statNames into memory of the caller's, who must give it up when it gets errHung.
func (d *disk) statNamesInto(at where, dir string, names []string, to []stated) error {
	_, err := askAbout(d, at, func(p *pulse) (struct{}, error) {
		d.sys.statNames(dir, names, to, p)
		return struct{}{}, nil
	}, nil)
	return err
}

// statedBorn is what statBorn says of a name.
type statedBorn struct {
	stated
	born int64
}

// statBornNames is statBorn for names in one folder. The error of all is errHung when one
// does not answer.
func (d *disk) statBornNames(at where, dir string, names []entry) []statedBorn {
	names = slices.Clone(names) // the caller's are used again while this may still hang
	all, err := askAbout(d, at, func(p *pulse) ([]statedBorn, error) {
		all := make([]statedBorn, len(names))
		for n, e := range names {
			p.beat()
			all[n].info, all[n].born, all[n].err = d.sys.statBorn(dir + "/" + e.name)
		}
		return all, nil
	}, nil)
	if err != nil {
		all = make([]statedBorn, len(names))
		for n := range all {
			all[n].err = err
		}
		return all
	}
	for n, e := range names {
		if all[n].err == nil && (e.link || all[n].dev != at.dev) {
			d.learn(dir+"/"+e.name, all[n].info)
		}
	}
	return all
}

func (d *disk) isLink(path string) bool {
	kind, _ := askAbout(d, d.at(path), func(*pulse) (byte, error) { return d.sys.kindOf(path), nil }, nil)
	return kind == unix.DT_LNK
}

func (d *disk) list(path string) ([]entry, error) {
	return askAbout(d, d.atExactly(path), func(p *pulse) ([]entry, error) { return d.sys.list(path, p) }, nil)
}

// resolve is filepath.EvalSymlinks.
func (d *disk) resolve(path string) (string, error) {
	return askAbout(d, d.atExactly(path), func(*pulse) (string, error) { return d.sys.resolve(path) }, nil)
}

// way follows the links of a name, as Reader.way says.
func (d *disk) way(path, real string) []string {
	all, _ := askAbout(d, d.atExactly(path), func(*pulse) ([]string, error) { return d.sys.way(path, real), nil }, nil)
	return all
}

// eventless names file systems that do not report what other hosts do to them.
func (d *disk) eventless(path string) (string, error) {
	name, err := askAbout(d, d.atExactly(path), func(*pulse) (string, error) { return d.sys.eventless(path), nil }, nil)
	if name == "FUSE" {
		d.noteFlushes(path)
	}
	return name, err
}

// openRead opens a regular file for reading. It cannot hang on a FIFO or
// device that took the file's name meanwhile.
func (d *disk) openRead(path string) (fd int, i info, err error) {
	o, err := askAbout(d, d.at(path), func(*pulse) (opened, error) {
		fd, i, err := d.sys.openRead(d.opener, path)
		if err != nil {
			return opened{-1, 0, i}, err
		}
		return opened{fd, d.sys.birth(fd), i}, nil
	}, func(o opened) { d.sys.close(o.fd) })
	if err != nil {
		return -1, o.info, err
	}
	d.mu.Lock()
	d.fds[o.fd] = onFD{o.dev, o.born}
	d.mu.Unlock()
	return o.fd, o.info, nil
}

func (d *disk) fstat(fd int) (info, error) {
	return askAbout(d, d.atFD(fd), func(*pulse) (info, error) { return d.sys.fstat(fd) }, nil)
}

// birth returns when the file was created, in nanoseconds, or 0 when the file
// system does not say.
func (d *disk) birth(fd int) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fds[fd].born
}

// small is what is read into a buffer of the call's own. A larger one is the call's for
// ever when that does not come back: who gets errHung must give p up.
const small = 4 << 10

// preadFull reads until p is full or the file ends.
func (d *disk) preadFull(fd int, p []byte, at int64) (n int, err error) {
	if len(p) > small {
		n, err = askAbout(d, d.atFD(fd), func(*pulse) (int, error) { return d.sys.preadFull(fd, p, at) }, nil)
	} else {
		var b []byte
		size := len(p)
		b, err = askAbout(d, d.atFD(fd), func(*pulse) ([]byte, error) {
			b := make([]byte, size)
			n, err := d.sys.preadFull(fd, b, at)
			return b[:n], err
		}, nil)
		n = copy(p, b)
	}
	if err != nil && err != errHung {
		d.unclear++
		d.why = err
	}
	return n, err
}

// seekData returns where the first byte from at on is that is in no hole, or to. ok is false where the
// file system does not say.
func (d *disk) seekData(fd int, at, to int64) (data int64, ok bool) {
	data, err := askAbout(d, d.atFD(fd), func(*pulse) (int64, error) { return d.sys.seekData(fd, at) }, nil)
	if errors.Is(err, unix.ENXIO) {
		return to, true
	}
	return min(data, to), err == nil
}

// headOn tells whether the file behind fd begins with the n bytes that finger was made of.
func (d *disk) headOn(fd int, finger uint64, n uint16) bool {
	var head [headLen]byte
	m, err := d.preadFull(fd, head[:n], 0)
	return err == nil && headHolds(finger, n, head[:m])
}

// regulars returns all regular files of a folder with what stat says of them. Files
// that are renamed meanwhile, as logrotate does with a whole row, are not missed: it
// looks again until nothing was.
func (d *disk) regulars(dir string) ([]found, error) {
	return askAbout(d, d.atExactly(dir), func(p *pulse) ([]found, error) {
		before, err := d.sys.list(dir, p)
		for tries := 0; err == nil; tries++ {
			all := make([]found, 0, len(before))
			for _, e := range before {
				p.beat()
				if e.folder || e.other || e.link {
					continue
				}
				if i, born, err := d.sys.statBorn(dir + "/" + e.name); err == nil && i.regular() {
					all = append(all, found{place: place{nil, e.name}, info: i, born: born})
				}
			}
			var after []entry
			if after, err = d.sys.list(dir, p); err == nil && (slices.Equal(before, after) || tries == 50) {
				return all, nil
			}
			before = after
		}
		return nil, err
	}, nil)
}

// openFound opens a file that was found, under the name it has now.
func (d *disk) openFound(dir string, x *found) (fd int, i info, err error) {
	for range 10 {
		fd, i, err = d.openRead(dir + "/" + x.name)
		if err == nil && i.inode == x.inode {
			if x.born == 0 {
				return fd, i, nil
			}
			if d.birth(fd) == x.born {
				return fd, i, nil
			}
			d.closeFD(fd)
			break // it is deleted, and another file has its inode
		}
		if err == nil {
			d.closeFD(fd)
		} else if !gone(err) {
			return -1, info{}, err
		}
		all, err := d.list(dir)
		if err != nil {
			return -1, info{}, err
		}
		at := slices.IndexFunc(all, func(e entry) bool { return e.ino == x.ino && !e.folder && !e.link && !e.other })
		if at < 0 {
			break
		}
		x.name = all[at].name
	}
	return -1, info{}, unix.ENOENT
}

// open opens f where it is now, by a descriptor of the caller's own.
func (d *disk) open(f *file) (fd int, i info, err error) {
	if f.folder == nil {
		return -1, info{}, unix.ENOENT
	}
	x := found{place: place{nil, f.base}, info: info{inode: f.inode}, born: f.birth}
	return d.openFound(f.folder.path, &x)
}
