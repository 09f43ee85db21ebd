package file

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// inode names a file on this host while it is mounted as it is.
type inode struct{ dev, ino uint64 }

// info is what stat says of a file.
type info struct {
	inode
	size  int64
	mtime int64 // nanoseconds since 1970
	ctime int64 // likewise; nobody can set it
	mode  uint32
	links uint64
}

func (i info) regular() bool { return i.mode&unix.S_IFMT == unix.S_IFREG }
func (i info) folder() bool  { return i.mode&unix.S_IFMT == unix.S_IFDIR }

func infoOf(st *unix.Stat_t) info {
	return info{
		inode: inode{dev: uint64(st.Dev), ino: st.Ino}, //nolint:unconvert // 32 bits on some systems
		size:  st.Size,
		mtime: st.Mtim.Nano(),
		ctime: st.Ctim.Nano(),
		mode:  st.Mode,
		links: uint64(st.Nlink),
	}
}

// system is the kernel of this host.
type system struct{}

// stat follows symbolic links.
func (system) stat(path string) (info, error) {
	var st unix.Stat_t
	for {
		err := unix.Stat(path, &st)
		if err == unix.EINTR {
			continue
		}
		return infoOf(&st), err
	}
}

// stated is what stat says of a name.
type stated struct {
	info
	err error
}

// statNames is stat for names in one folder, without its path being walked each time.
func (s system) statNames(dir string, names []string, to []stated, p *pulse) {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == nil {
		defer unix.Close(fd)
	}
	var st unix.Stat_t
	for n, name := range names {
		p.beat()
		if err != nil {
			to[n].info, to[n].err = s.stat(dir + "/" + name)
			continue
		}
		for to[n].err = unix.EINTR; to[n].err == unix.EINTR; {
			to[n].err = unix.Fstatat(fd, name, &st, 0)
		}
		to[n].info = infoOf(&st)
	}
}

func (system) fstat(fd int) (info, error) {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	return infoOf(&st), err
}

// birth returns when the file was created, in nanoseconds, or 0 when the file
// system does not say.
func (system) birth(fd int) int64 {
	var st unix.Statx_t
	err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 {
		return 0
	}
	return st.Btime.Sec*int64(time.Second) + int64(st.Btime.Nsec)
}

// statBorn is stat and birth in one.
func (s system) statBorn(path string) (i info, born int64, err error) {
	var st unix.Statx_t
	for {
		err = unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &st)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) { // an old kernel, or a sandbox that knows no statx
			i, err = s.stat(path)
		}
		return i, 0, err
	}
	i = info{
		inode: inode{dev: unix.Mkdev(st.Dev_major, st.Dev_minor), ino: st.Ino},
		size:  int64(st.Size),
		mtime: st.Mtime.Sec*int64(time.Second) + int64(st.Mtime.Nsec),
		ctime: st.Ctime.Sec*int64(time.Second) + int64(st.Ctime.Nsec),
		mode:  uint32(st.Mode),
		links: uint64(st.Nlink),
	}
	if st.Mask&unix.STATX_BTIME != 0 {
		born = st.Btime.Sec*int64(time.Second) + int64(st.Btime.Nsec)
	}
	return i, born, nil
}

// openRead opens a regular file for reading, as o does.
func (s system) openRead(o *opener, path string) (fd int, i info, err error) { return o.read(path) }

// preadFull reads until p is full or the file ends.
func (system) preadFull(fd int, p []byte, at int64) (n int, err error) {
	for n < len(p) {
		m, err := unix.Pread(fd, p[n:], at+int64(n))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return n, err
		}
		if m == 0 {
			break
		}
		n += m
	}
	return n, nil
}

// seekData is lseek(2) with SEEK_DATA.
func (system) seekData(fd int, at int64) (int64, error) { return unix.Seek(fd, at, unix.SEEK_DATA) }

// way returns the names that a link leads to; real is path without links in its folder,
// or "" when that has none.
func (system) way(path, real string) []string {
	var all []string
	if real != "" {
		path = real
		all = append(all, path)
	}
	for range 40 { // as many links as the kernel follows: path_resolution(7)
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if to[0] != '/' {
			to = path[:strings.LastIndexByte(path, '/')+1] + to
		}
		dir, base := filepath.Split(to)
		if dir, err = filepath.EvalSymlinks(dir); err != nil || base == "" || base == "." || base == ".." {
			break
		}
		path = filepath.Join(dir, base)
		all = append(all, path)
	}
	return all
}

func (system) close(fd int) { unix.Close(fd) }

func (system) resolve(path string) (string, error) { return filepath.EvalSymlinks(path) }
