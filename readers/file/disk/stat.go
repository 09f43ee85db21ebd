package disk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Inode names a file on this host while it is mounted as it is.
type Inode struct{ Dev, Ino uint64 }

// Info is what stat says of a file.
type Info struct {
	Inode
	Size  int64
	Mtime int64 // nanoseconds since 1970
	Ctime int64 // likewise; nobody can set it
	mode  uint32
	Links uint64
}

// Regular tells whether it is a regular file, and Folder whether it is a directory.
func (i Info) Regular() bool { return i.mode&unix.S_IFMT == unix.S_IFREG }
func (i Info) Folder() bool  { return i.mode&unix.S_IFMT == unix.S_IFDIR }

func infoOf(st *unix.Stat_t) Info {
	return Info{
		Inode: Inode{Dev: uint64(st.Dev), Ino: st.Ino}, //nolint:unconvert // 32 bits on some systems
		Size:  st.Size,
		Mtime: st.Mtim.Nano(),
		Ctime: st.Ctim.Nano(),
		mode:  st.Mode,
		Links: uint64(st.Nlink),
	}
}

// System is the kernel of this host.
type System struct{}

// Stat follows symbolic links.
func (System) Stat(path string) (Info, error) {
	var st unix.Stat_t
	for {
		err := unix.Stat(path, &st)
		if err == unix.EINTR {
			continue
		}
		return infoOf(&st), err
	}
}

// Stated is what stat says of a name.
type Stated struct {
	Info
	Err error
}

// StatNames is stat for names in one folder, without its path being walked each time.
func (s System) StatNames(dir string, names []string, to []Stated, p *Pulse) {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == nil {
		defer unix.Close(fd)
	}
	var st unix.Stat_t
	for n, name := range names {
		p.beat()
		if err != nil {
			to[n].Info, to[n].Err = s.Stat(dir + "/" + name)
			continue
		}
		for to[n].Err = unix.EINTR; to[n].Err == unix.EINTR; {
			to[n].Err = unix.Fstatat(fd, name, &st, 0)
		}
		to[n].Info = infoOf(&st)
	}
}

func (System) Fstat(fd int) (Info, error) {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	return infoOf(&st), err
}

// Birth returns when the file was created, in nanoseconds, or 0 when the file
// system does not say.
func (System) Birth(fd int) int64 {
	var st unix.Statx_t
	err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 {
		return 0
	}
	return st.Btime.Sec*int64(time.Second) + int64(st.Btime.Nsec)
}

// StatBorn is stat and birth in one.
func (s System) StatBorn(path string) (i Info, born int64, err error) {
	var st unix.Statx_t
	for {
		err = unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &st)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) { // an old kernel, or a sandbox that knows no statx
			i, err = s.Stat(path)
		}
		return i, 0, err
	}
	i = Info{
		Inode: Inode{Dev: unix.Mkdev(st.Dev_major, st.Dev_minor), Ino: st.Ino},
		Size:  int64(st.Size),
		Mtime: st.Mtime.Sec*int64(time.Second) + int64(st.Mtime.Nsec),
		Ctime: st.Ctime.Sec*int64(time.Second) + int64(st.Ctime.Nsec),
		mode:  uint32(st.Mode),
		Links: uint64(st.Nlink),
	}
	if st.Mask&unix.STATX_BTIME != 0 {
		born = st.Btime.Sec*int64(time.Second) + int64(st.Btime.Nsec)
	}
	return i, born, nil
}

// OpenRead opens a regular file for reading, as o does.
func (s System) OpenRead(o *Opener, path string) (fd int, i Info, err error) { return o.read(path) }

// PreadFull reads until p is full or the file ends.
func (System) PreadFull(fd int, p []byte, at int64) (n int, err error) {
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

// SeekData is lseek(2) with SEEK_DATA.
func (System) SeekData(fd int, at int64) (int64, error) { return unix.Seek(fd, at, unix.SEEK_DATA) }

// Way returns the names that a link leads to; real is path without links in its folder,
// or "" when that has none.
func (System) Way(path, real string) []string {
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

func (System) Close(fd int) { unix.Close(fd) }

func (System) Resolve(path string) (string, error) { return filepath.EvalSymlinks(path) }

// Eventless names file systems that do not report what other hosts do to them.
func (System) Eventless(path string) string {
	var st unix.Statfs_t
	if unix.Statfs(path, &st) != nil {
		return ""
	}
	return map[int64]string{
		0x6969: "NFS", 0xfe534d42: "SMB", 0xff534d42: "CIFS", 0x517b: "SMB", 0x65735546: "FUSE",
		0x01021997: "9p", 0x00c36400: "Ceph", 0x5346414f: "AFS", 0x0bd00bd0: "Lustre", 0x786f4256: "VirtualBox",
		0x01161970: "GFS2", 0x7461636f: "OCFS2", 0x47504653: "GPFS",
	}[int64(st.Type)&0xffffffff]
}
