package checkpoint

import (
	"errors"
	"os"
	"strings"
	"sync"
	"time"
)

var errFull = errors.New("no space left on device (injected)")

// faultyDisk is a real one that fails when told to, and that forgets what was
// not synced to a journal when the power is cut.
type faultyDisk struct {
	realDisk
	mu            sync.Mutex
	noJournal     bool // writes to it fail, after a part of them
	noSync        bool
	noTable       bool // commits fail
	noNewTable    bool
	panics        bool // a commit panics, once
	commits       int
	failAt        int  // the commit of that number, and all later ones; 0: none
	late          bool // what fails is in the database all the same
	largest       int  // streams in one commit
	most          int  // see Options
	journals      map[string]*faultyFile
	syncs, writes int
}

func (d *faultyDisk) set(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// seen reads one of d's counters.
func (d *faultyDisk) seen(counter *int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return *counter
}

// clock returns times so far apart that every change is written at once.
func clock() func() time.Time {
	var mu sync.Mutex
	now := time.Unix(1_700_000_000, 0)
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(11 * time.Second)
		return now
	}
}

func (d *faultyDisk) options(l *logs) Options {
	o := l.options()
	o.disk, o.Now, o.most = d, clock(), d.most
	return o
}

type faultyFile struct {
	file
	d      *faultyDisk
	path   string
	synced []byte
}

func (d *faultyDisk) openJournal(path string) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.noJournal {
		return nil, errFull
	}
	f, err := d.realDisk.openJournal(path)
	if err != nil {
		return nil, err
	}
	w := &faultyFile{file: f, d: d, path: strings.TrimSuffix(path, ".new")}
	if w.synced, err = os.ReadFile(path); err != nil {
		return nil, err
	}
	if d.journals == nil {
		d.journals = make(map[string]*faultyFile)
	}
	d.journals[w.path] = w
	return w, nil
}

func (f *faultyFile) WriteAt(p []byte, at int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.noJournal {
		n, _ := f.file.WriteAt(p[:len(p)/2], at)
		return n, errFull
	}
	f.d.writes++
	return f.file.WriteAt(p, at)
}

func (f *faultyFile) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.noSync {
		return errFull
	}
	f.d.syncs++
	data, err := os.ReadFile(f.path)
	if name := f.path + ".new"; errors.Is(err, os.ErrNotExist) || exists(name) {
		data, err = os.ReadFile(name)
	}
	f.synced = data
	return err
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// cut leaves of the journals what was synced and, of what follows, keep bytes
// and then zeros, as a file system may. The store must be crashed before.
func (d *faultyDisk) cut(keep int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.journals {
		now, err := os.ReadFile(f.path)
		if err != nil {
			return err
		}
		left := f.synced
		if rest := len(now) - len(left); rest > 0 && string(now[:len(left)]) == string(left) {
			k := min(keep, rest)
			left = append(append([]byte(nil), now[:len(left)+k]...), make([]byte, rest-k)...)
		}
		if err := os.WriteFile(f.path, left, 0o600); err != nil {
			return err
		}
	}
	return nil
}

type faultyTable struct {
	table
	d *faultyDisk
}

func (d *faultyDisk) openTable(path string) (table, error) {
	t, err := d.realDisk.openTable(path)
	if err != nil {
		return nil, err
	}
	return &faultyTable{t, d}, nil
}

func (d *faultyDisk) createTable(path string) (table, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.noNewTable {
		return nil, errFull
	}
	t, err := d.realDisk.createTable(path)
	if err != nil {
		return nil, err
	}
	return &faultyTable{t, d}, nil
}

func (t *faultyTable) commit(c *change) error {
	t.d.mu.Lock()
	t.d.commits++
	t.d.largest = max(t.d.largest, c.puts())
	fail, panics, late := t.d.noTable || t.d.failAt > 0 && t.d.commits >= t.d.failAt, t.d.panics, t.d.late
	t.d.panics = false
	t.d.mu.Unlock()
	if panics {
		return contain(func() error { panic("page 7 already freed") })
	}
	if fail && late {
		return errors.Join(t.table.commit(c), errFull)
	}
	if fail {
		return errFull
	}
	return t.table.commit(c)
}
