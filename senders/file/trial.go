package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Check looks at the folder and writes nothing: a forwarder that runs may have it. Nor does it try the
// lock, which one that starts at the same moment would miss.
func (e *endpoint) Check(_ context.Context, say func(step string)) error {
	dir := e.store.dir
	there, err := existing(dir)
	if err != nil {
		return err
	}
	if err := unix.Faccessat(unix.AT_FDCWD, there, unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return fmt.Errorf("cannot write into %s: %w", there, err)
	}
	if there == dir {
		say("folder: " + dir + " can be written")
	} else {
		say("folder: " + dir + " is missing; it can be made in " + there)
	}
	var st unix.Statfs_t
	if err := unix.Statfs(there, &st); err != nil {
		return fmt.Errorf("cannot learn how full the disk of %s is: %w", there, err)
	}
	free := st.Bavail * uint64(st.Bsize)
	say(fmt.Sprintf("disk: %d MB are free", free/1e6))
	if free == 0 {
		return errors.New("the disk is full")
	}
	say("nothing was written; whether another process holds the folder is not known")
	return nil
}

// existing returns the folder, or the nearest one above it that is there.
func existing(dir string) (string, error) {
	for {
		info, err := os.Stat(dir)
		switch {
		case err == nil && !info.IsDir():
			return "", fmt.Errorf("cannot use the folder: %s is none", dir)
		case err == nil:
			return dir, nil
		case !errors.Is(err, os.ErrNotExist):
			return "", fmt.Errorf("cannot use the folder: %w", err)
		}
		dir = filepath.Dir(dir)
	}
}
