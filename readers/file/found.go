package file

import (
	"slices"

	"golang.org/x/sys/unix"

	"logskiff/readers/file/disk"
)

// openFound opens a file that was found, under the name it has now.
func openFound(d *disk.Disk, dir string, x *found) (fd int, i disk.Info, err error) {
	for range 10 {
		fd, i, err = d.OpenRead(dir + "/" + x.name)
		if err == nil && i.Inode == x.Inode {
			if x.born == 0 {
				return fd, i, nil
			}
			if d.Birth(fd) == x.born {
				return fd, i, nil
			}
			d.CloseFD(fd)
			break // it is deleted, and another file has its inode
		}
		if err == nil {
			d.CloseFD(fd)
		} else if !disk.Gone(err) {
			return -1, disk.Info{}, err
		}
		all, err := d.List(dir)
		if err != nil {
			return -1, disk.Info{}, err
		}
		at := slices.IndexFunc(all, func(e disk.Entry) bool { return e.Ino == x.Ino && !e.Folder && !e.Link && !e.Other })
		if at < 0 {
			break
		}
		x.name = all[at].Name
	}
	return -1, disk.Info{}, unix.ENOENT
}

// openNow opens f where it is now, by a descriptor of the caller's own.
func openNow(d *disk.Disk, f *file) (fd int, i disk.Info, err error) {
	if f.folder == nil {
		return -1, disk.Info{}, unix.ENOENT
	}
	x := found{place: place{nil, f.base}, Info: disk.Info{Inode: f.Inode}, born: f.birth}
	return openFound(d, f.folder.path, &x)
}

// headOn tells whether the file behind fd begins with the n bytes that finger was made of.
func headOn(d *disk.Disk, fd int, finger uint64, n uint16) bool {
	var head [headLen]byte
	m, err := d.PreadSmall(fd, head[:n], 0)
	return err == nil && headMatches(finger, n, head[:m])
}
