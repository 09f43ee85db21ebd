package file

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"logskiff/senders"
)

// disk is a file system that fails when told to, and that can lose power: what
// was not synced is then gone, in part or whole.
type disk struct {
	mu     sync.Mutex
	fail   func(op, path string) error
	synced map[string]int64 // length of each file that a power cut leaves
}

type diskFile struct {
	*os.File
	d *disk
}

func newDisk() *disk { return &disk{synced: map[string]int64{}} }

func (d *disk) check(op, path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail == nil {
		return nil
	}
	return d.fail(op, filepath.Base(path))
}

func (d *disk) set(fail func(op, path string) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = fail
}

func (d *disk) open(path string, flag int, perm os.FileMode) (file, error) {
	if err := d.check("open", path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, flag, perm)
	d.mu.Lock()
	defer d.mu.Unlock()
	if key := strings.TrimSuffix(path, ".tmp"); err == nil && d.synced[key] == 0 {
		d.synced[key] = 0 // nothing of a new file is safe
	}
	return diskFile{f, d}, err
}

func (f diskFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.d.check("write", f.Name()); err != nil {
		n, _ := f.File.WriteAt(p[:len(p)/2], off) // a full disk takes a part
		return n, err
	}
	return f.File.WriteAt(p, off)
}

func (f diskFile) Truncate(size int64) error {
	if err := f.d.check("truncate", f.Name()); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

func (f diskFile) Sync() error {
	if err := f.d.check("sync", f.Name()); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	f.d.mu.Lock()
	// The index keeps the name it was made under, before it was renamed.
	f.d.synced[strings.TrimSuffix(f.Name(), ".tmp")] = info.Size()
	f.d.mu.Unlock()
	return nil
}

func openOn(t *testing.T, d *disk, dir string) *endpoint {
	t.Helper()
	e, err := openWith(testConfig(dir), testEnv(t, nil), d.open)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAfterEveryFailureNothingIsTornLostOrTwice(t *testing.T) {
	type step struct{ op, path string }
	f := func(name string, lasting bool, steps ...step) {
		t.Run(name, func(t *testing.T) {
			d, dir := newDisk(), t.TempDir()
			e := openOn(t, d, dir)
			mustSend(t, e, seg{1, 0, 5, 10})
			hits := 0
			d.set(func(op, path string) error {
				for _, s := range steps {
					if s.op == op && strings.Contains(path, s.path) {
						hits++
						return syscall.ENOSPC
					}
				}
				return nil
			})
			for range 3 {
				r := e.Send(t.Context(), payload(seg{1, 30, 5, 10}, seg{2, 0, 5, 10}))
				if r.Class != senders.Retry || !strings.Contains(r.Reason, "no space") {
					t.Fatalf("got %+v", r)
				}
			}
			if hits == 0 {
				t.Fatal("nothing failed")
			}
			if lasting { // the process is killed while the disk is bad
				crash(e)
				d.set(nil)
				e = openOn(t, d, dir)
				wantKept(t, dir, seg{1, 0, 5, 10})
			}
			d.set(nil)
			mustSend(t, e, seg{1, 30, 5, 10}, seg{2, 0, 5, 10})
			mustSend(t, e, seg{1, 0, 10, 10})
			want := []seg{{1, 0, 10, 10}, {2, 0, 5, 10}}
			wantOnce(t, dir, want...)
			crash(e)
			e = openOn(t, d, dir)
			mustSend(t, e, want...)
			wantOnce(t, dir, want...)
			if files, _ := listData(dir); len(files) > 3 {
				t.Fatalf("failed attempts left %d files", len(files))
			}
			crash(e)
		})
	}
	for _, killed := range []bool{false, true} {
		suffix := ""
		if killed {
			suffix = ", then killed"
		}
		f("data write"+suffix, killed, step{"write", "received"})
		f("data write and truncate"+suffix, killed, step{"write", "received"}, step{"truncate", "received"})
		f("data sync"+suffix, killed, step{"sync", "received"})
		f("data sync and new file"+suffix, killed, step{"sync", "received"}, step{"open", "received"})
		f("data sync and truncate"+suffix, killed, step{"sync", "received"}, step{"truncate", "received"})
		f("index write"+suffix, killed, step{"write", "commits"})
		f("index write and truncate"+suffix, killed, step{"write", "commits"}, step{"truncate", "commits"})
		f("everything"+suffix, killed, step{"write", ""}, step{"sync", ""}, step{"truncate", ""}, step{"open", ""})
	}
}

// An index entry whose sync failed may be on the disk or not; both must be right.
func TestAFailedSyncOfTheIndexIsSafeWhateverReachedTheDisk(t *testing.T) {
	for _, reached := range []bool{false, true} {
		d, dir := newDisk(), t.TempDir()
		e := openOn(t, d, dir)
		mustSend(t, e, seg{1, 0, 5, 10})
		before := e.store.indexPos
		d.set(func(op, path string) error {
			if op == "sync" && strings.Contains(path, "commits") {
				return syscall.EIO
			}
			return nil
		})
		if r := e.Send(t.Context(), payload(seg{1, 50, 5, 10})); r.Class != senders.Retry {
			t.Fatal(r)
		}
		crash(e)
		if !reached {
			if err := os.Truncate(e.store.indexPath(), before); err != nil {
				t.Fatal(err)
			}
		}
		d.set(nil)
		e = openOn(t, d, dir)
		mustSend(t, e, seg{1, 50, 5, 10})
		wantOnce(t, dir, seg{1, 0, 10, 10})
		crash(e)
	}
}

func TestAFullDiskAtStartIsForTheFirstBatchToComplainAbout(t *testing.T) {
	d, dir := newDisk(), t.TempDir()
	d.set(fullDisk)
	e := openOn(t, d, dir)
	if r := e.Send(t.Context(), payload(seg{1, 0, 1, 10})); r.Class != senders.Retry {
		t.Fatal(r)
	}
	d.set(nil)
	mustSend(t, e, seg{1, 0, 1, 10})
	wantOnce(t, dir, seg{1, 0, 1, 10})
	crash(e)
}

// Failures at random, kills and power cuts at random: acknowledged means there, once.
func TestRandomFailuresKillsAndPowerCuts(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		d, dir := newDisk(), t.TempDir()
		e := openOn(t, d, dir)
		e.store.cfg.RotateSize = 2 << 10
		acked := int64(0)
		for step := range 60 {
			where := fmt.Sprintf("seed %d step %d", seed, step)
			odds := rnd.IntN(8)
			d.set(func(op, path string) error {
				if rnd.IntN(8) < odds-4 {
					return errors.New("injected")
				}
				return nil
			})
			from := max(0, acked-rnd.Int64N(8))
			n := acked - from + 1 + rnd.Int64N(8)
			if r := e.Send(t.Context(), payload(seg{1, from * 10, int(n), 10})); r.Class == senders.Delivered {
				acked = max(acked, from+n)
			}
			if rnd.IntN(40) == 0 {
				e.store.longAt = 0
			}
			if rnd.IntN(4) > 0 {
				continue
			}
			crash(e)
			d.set(nil)
			if rnd.IntN(2) == 0 {
				d.cutPower(t, rnd)
			}
			e = openOn(t, d, dir)
			e.store.cfg.RotateSize = 2 << 10
			got := offsets(t, dir)
			for i := range acked {
				if k := fmt.Sprintf("01@%d", i*10); got[k] != 1 {
					t.Fatalf("%s: record %d of %d acknowledged is there %d times", where, i, acked, got[k])
				}
			}
			for k, n := range got {
				if n != 1 {
					t.Fatalf("%s: %s is there %d times", where, k, n)
				}
			}
		}
		crash(e)
	}
}

// cutPower takes from each file a random part of what was not synced, or leaves
// zeros there.
func (d *disk) cutPower(t *testing.T, rnd *rand.Rand) {
	t.Helper()
	for path, synced := range d.synced {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		size, err := f.Seek(0, io.SeekEnd)
		if err == nil && size > synced {
			keep := synced + rnd.Int64N(size-synced+1)
			err = f.Truncate(keep)
			if err == nil && rnd.IntN(2) == 0 {
				err = f.Truncate(size)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}
