package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

const (
	databaseName = "checkpoints.db"
	lockWait     = time.Second
)

var (
	// ErrLocked: another process has the store open.
	ErrLocked = errors.New("another process uses it")
	// ErrVersion: a newer program wrote the store.
	ErrVersion = errors.New("its format is newer than this program")

	errDamaged = errors.New("damaged")
)

// contain turns what bbolt does on a damaged file, a panic or a fault in mapped
// memory, into an error that is errDamaged. What f has locked stays so: a
// database that panicked is not used again.
func contain(f func() error) (err error) {
	before := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(before)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errDamaged, r)
		}
	}()
	return f()
}

// table is the database file.
type table interface {
	// commit stores all of c in one synced transaction, or nothing.
	commit(c *change) error
	// check returns an error when the file no longer has the name path.
	check(path string) error
	// applied returns the journal sequence of the last commit.
	applied() (uint64, error)
	// waste returns the bytes of the file that are used for nothing, and all.
	waste() (free, all int64)
	close() error
}

type boltTable struct {
	db   *bbolt.DB
	file *os.File // of db

	unsound bool // it panicked and must not be used any more
}

// openBolt opens a database for writing and holds its lock.
func openBolt(path string, create bool) (table, error) {
	t := &boltTable{}
	err := contain(func() (err error) {
		o := bbolt.Options{Timeout: lockWait, FreelistType: bbolt.FreelistMapType}
		o.OpenFile = func(path string, flag int, mode os.FileMode) (*os.File, error) {
			flag &^= os.O_CREATE
			if create {
				flag |= os.O_CREATE | os.O_EXCL
			}
			f, err := os.OpenFile(path, flag, mode)
			t.file = f
			return f, err
		}
		t.db, err = bbolt.Open(path, 0o600, &o)
		return err
	})
	if err != nil {
		if t.file != nil {
			_ = t.file.Close() // closed already, unless bbolt panicked
		}
		return nil, boltError(path, err)
	}
	return t, nil
}

// boltError says whether an error of bbolt.Open means a lock or damage.
func boltError(path string, err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		err = ErrLocked
	case errors.Is(err, errDamaged):
	case !isSystem(err):
		err = fmt.Errorf("%w: %w", errDamaged, err)
	}
	return fmt.Errorf("cannot open %s: %w", path, err)
}

// isSystem says whether err came from the operating system rather than from
// what is in the file.
func isSystem(err error) bool {
	var path *os.PathError
	var call *os.SyscallError
	var number interface{ Temporary() bool } // syscall.Errno
	return errors.As(err, &path) || errors.As(err, &call) || errors.As(err, &number)
}

func (t *boltTable) commit(c *change) error {
	err := contain(func() error { return t.db.Update(c.write) })
	t.unsound = errors.Is(err, errDamaged)
	return err
}

func (t *boltTable) applied() (applied uint64, err error) {
	err = contain(func() error {
		return t.db.View(func(tx *bbolt.Tx) error {
			s, err := readState(tx)
			applied = s.applied
			return err
		})
	})
	t.unsound = errors.Is(err, errDamaged)
	return applied, err
}

func (t *boltTable) check(path string) error {
	return isAt(t.file, path)
}

func (t *boltTable) waste() (free, all int64) {
	if info, err := t.file.Stat(); err == nil {
		all = info.Size()
	}
	s := t.db.Stats()
	return int64(s.FreePageN+s.PendingPageN) * int64(t.db.Info().PageSize), all
}

// close frees the file and its lock. A database that panicked may still hold its
// own locks, so only its file is closed; its mapping stays until the process ends.
func (t *boltTable) close() error {
	if t.unsound {
		return t.file.Close()
	}
	return contain(t.db.Close)
}
