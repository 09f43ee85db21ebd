package disk

import (
	"errors"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

var errLink = errors.New("this is a symbolic link, or lies behind one, and follow_links is false")

// Opener opens logs. A strict one follows no symbolic link below its roots, whoever puts
// it there and whenever: each name on the way is opened below the one before. What stands
// before the first wildcard of a pattern is the administrator's word, and may be links.
type Opener struct {
	Strict bool
	Roots  []string
}

// read opens a regular file for reading. It cannot hang on a FIFO or device that
// took the file's name meanwhile.
func (o *Opener) read(path string) (fd int, i Info, err error) {
	if o == nil || !o.Strict {
		return openRead(unix.AT_FDCWD, path, 0)
	}
	root, rest := o.split(path)
	at, err := openFolder(unix.AT_FDCWD, root, 0)
	if err != nil {
		return -1, Info{}, err
	}
	defer func() { unix.Close(at) }()
	parts := strings.Split(rest, "/")
	for _, part := range parts[:len(parts)-1] {
		next, err := openFolder(at, part, unix.O_NOFOLLOW)
		if err == unix.ENOTDIR {
			err = errLink
		}
		if err != nil {
			return -1, Info{}, err
		}
		unix.Close(at)
		at = next
	}
	if fd, i, err = openRead(at, parts[len(parts)-1], unix.O_NOFOLLOW); err == unix.ELOOP {
		err = errLink
	}
	return fd, i, err
}

// split returns the longest root that path lies below, and the rest. A folder that no
// pattern names, where logrotate puts what it rotates, is one of its own.
func (o *Opener) split(path string) (root, rest string) {
	root = filepath.Dir(path)
	longest := -1
	for _, r := range o.Roots {
		if prefix := strings.TrimSuffix(r, "/") + "/"; strings.HasPrefix(path, prefix) && len(r) > longest {
			root, longest = r, len(r)
		}
	}
	return root, strings.TrimPrefix(path[len(strings.TrimSuffix(root, "/")):], "/")
}

func openFolder(at int, name string, flags int) (fd int, err error) {
	for {
		fd, err = unix.Openat(at, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC|flags, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

func openRead(at int, path string, flags int) (fd int, i Info, err error) {
	for {
		fd, err = unix.Openat(at, path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY|flags, 0)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return -1, Info{}, err
	}
	if i, err = (System{}).Fstat(fd); err == nil && !i.Regular() {
		err = unix.EINVAL
	}
	if err != nil {
		unix.Close(fd)
		return -1, i, err
	}
	return fd, i, nil
}
