package file

import (
	"errors"
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
		mode:  st.Mode,
		links: uint64(st.Nlink),
	}
}

// stat follows symbolic links.
func stat(path string) (info, error) {
	var st unix.Stat_t
	for {
		err := unix.Stat(path, &st)
		if err == unix.EINTR {
			continue
		}
		return infoOf(&st), err
	}
}

// stater is stat for the names in one folder, without its path being walked,
// or memory taken, each time.
type stater struct {
	fd int
	st unix.Stat_t
}

// in opens the folder; when it cannot, at walks the path.
func (s *stater) in(dir string) {
	var err error
	s.fd, err = unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		s.fd = -1
	}
}

func (s *stater) out() {
	if s.fd >= 0 {
		unix.Close(s.fd)
	}
}

func (s *stater) at(d *folder, name string) (info, error) {
	if s.fd < 0 {
		return stat(d.join(name))
	}
	for {
		err := unix.Fstatat(s.fd, name, &s.st, 0)
		if err == unix.EINTR {
			continue
		}
		return infoOf(&s.st), err
	}
}

func fstat(fd int) (info, error) {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	return infoOf(&st), err
}

// birth returns when the file was created, in nanoseconds, or 0 when the file
// system does not say.
func birth(fd int) int64 {
	var st unix.Statx_t
	err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 {
		return 0
	}
	return st.Btime.Sec*int64(time.Second) + int64(st.Btime.Nsec)
}

// birthOf is birth for a name.
func birthOf(path string) int64 {
	_, born, _ := statBorn(path)
	return born
}

// statBorn is stat and birth in one.
func statBorn(path string) (i info, born int64, err error) {
	var st unix.Statx_t
	for {
		err = unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &st)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) { // an old kernel, or a sandbox that knows no statx
			i, err = stat(path)
		}
		return i, 0, err
	}
	i = info{
		inode: inode{dev: unix.Mkdev(st.Dev_major, st.Dev_minor), ino: st.Ino},
		size:  int64(st.Size),
		mtime: st.Mtime.Sec*int64(time.Second) + int64(st.Mtime.Nsec),
		mode:  uint32(st.Mode),
		links: uint64(st.Nlink),
	}
	if st.Mask&unix.STATX_BTIME != 0 {
		born = st.Btime.Sec*int64(time.Second) + int64(st.Btime.Nsec)
	}
	return i, born, nil
}

// preadFull reads until p is full or the file ends.
func preadFull(fd int, p []byte, at int64) (n int, err error) {
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
