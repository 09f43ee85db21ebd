package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lockDir keeps other processes out of dir until the file it returns is closed:
// all of them, or with shared just those that write. The lock of the database
// would not do: it goes when that is replaced, and there is none on a first
// start or while nothing can be written. The kernel drops it with the process.
//
// Where there is no folder, or its file system has no locks, the file is nil and
// the database's lock is all there is.
func lockDir(dir string, shared bool, wait time.Duration) (*os.File, error) {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, nil // what needs it fails in a moment, and says so
	}
	if err != nil {
		return nil, fmt.Errorf("cannot lock %s: %w", dir, err)
	}
	how := unix.LOCK_EX
	if shared {
		how = unix.LOCK_SH
	}
	const look = 20 * time.Millisecond
	for ; ; wait -= look {
		err = unix.Flock(int(d.Fd()), how|unix.LOCK_NB)
		if err == nil {
			return d, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			_ = d.Close()
			return nil, nil
		}
		if wait < look {
			_ = d.Close()
			return nil, fmt.Errorf("cannot lock %s: %w", dir, ErrLocked)
		}
		time.Sleep(look)
	}
}
