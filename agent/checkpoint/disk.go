package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// file is what the journal needs of an open file.
type file interface {
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Close() error
}

// disk is how the store writes; tests put a failing one in its place.
type disk interface {
	openJournal(path string) (file, error)
	openTable(path string) (table, error)   // one that exists
	createTable(path string) (table, error) // a new one
	syncDir(dir string) error
}

type realDisk struct{}

func (realDisk) openJournal(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
}

func (realDisk) openTable(path string) (table, error) { return openBolt(path, false) }

func (realDisk) createTable(path string) (table, error) {
	if err := os.RemoveAll(path); err != nil {
		return nil, err
	}
	return openBolt(path, true)
}

// syncDir makes names that were made or changed in dir survive a power cut.
func (realDisk) syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// isAt returns an error when f no longer has the name path.
func isAt(f *os.File, path string) error {
	ours, err := f.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(ours, there) {
		return fmt.Errorf("%s was replaced by another file", path)
	}
	return nil
}

// setAside gives what is at path a name that nothing else has, and returns it.
// A file keeps its old name as well, so that there is no moment without one: the
// caller renames the new file over it.
func setAside(path, stamp string) (string, error) {
	for n := 0; ; n++ {
		aside := path + ".damaged-" + stamp
		if n > 0 {
			aside += fmt.Sprintf("-%d", n)
		}
		if _, err := os.Lstat(aside); err == nil {
			continue
		}
		err := os.Link(path, aside)
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil: // a folder, or a file system without links
			err = os.Rename(path, aside)
		}
		if err != nil {
			return "", fmt.Errorf("cannot set %s aside: %w", path, err)
		}
		return aside, nil
	}
}
