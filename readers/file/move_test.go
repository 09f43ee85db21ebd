package file

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"logskiff/readers"
	"logskiff/record"
)

// stoodAt is what is stored of a file of which all up to an offset was delivered.
func stoodAt(t *testing.T, path string, offset int64) readers.Checkpoint {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	n := min(offset, headLen)
	is := Identity{Device: st.Dev, Inode: st.Ino, FingerLen: uint16(n), Finger: sum(text[:n]), Modified: info.ModTime()}
	return readers.Checkpoint{
		ID: record.StreamID{1}, Known: readers.Known{Path: path, Name: path, Size: info.Size(), State: is.State()},
		Position:  record.Position{Offset: offset, Anchor: anchorOf(text[:offset], offset)},
		Delivered: offset,
	}
}

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.log")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A cursor is put at the beginning of a line, the ledger adds up, and the file is known again there.
func TestACursorIsPutAtALineAndTheLedgerAddsUp(t *testing.T) {
	text := "one\ntwo\nthree\nfour\nfiv"
	path := written(t, text)
	cfg := Default()
	f := func(what string, offset int64, ledger [4]int64, to readers.Place, want int64, wantLedger [4]int64) {
		t.Helper()
		c := stoodAt(t, path, offset)
		c.Delivered, c.Skipped, c.Quarantined, c.Lost = ledger[0], ledger[1], ledger[2], ledger[3]
		got, err := cfg.Move(c, to)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		if got.Offset != want || [4]int64{got.Delivered, got.Skipped, got.Quarantined, got.Lost} != wantLedger {
			t.Errorf("%s: at %d, ledger %v %+v", what, got.Offset, wantLedger, got)
		}
		if got.ID != c.ID || got.Path != c.Path || got.Name != c.Name {
			t.Errorf("%s: it is another stream: %+v", what, got)
		}
		// It is the checkpoint of that file at that place: it can be moved from there.
		if again, err := cfg.Move(got, readers.Place{Offset: offset}); err != nil || again.Offset > offset {
			t.Errorf("%s: from there to %d: %v %+v", what, offset, err, again.Position)
		}
		if is, err := IdentityOf(got.State); err != nil || is.FingerLen > 0 && is.Finger != sum([]byte(text)[:is.FingerLen]) || int64(is.FingerLen) < min(want, headLen) {
			t.Errorf("%s: %v, its fingerprint is %+v", what, err, is)
		}
	}
	f("the beginning", 8, [4]int64{8}, readers.Place{}, 0, [4]int64{})
	f("the end, without the half line", 8, [4]int64{8}, readers.Place{End: true}, 19, [4]int64{8, 11})
	f("from nothing to the end", 0, [4]int64{}, readers.Place{End: true}, 19, [4]int64{0, 19})
	f("within a line", 19, [4]int64{19}, readers.Place{Offset: 10}, 8, [4]int64{8})
	f("at a line", 19, [4]int64{19}, readers.Place{Offset: 8}, 8, [4]int64{8})
	f("the newline is its line's", 19, [4]int64{19}, readers.Place{Offset: 7}, 4, [4]int64{4})
	f("where it is", 8, [4]int64{8}, readers.Place{Offset: 8}, 8, [4]int64{8})
	f("what was skipped first comes again last", 19, [4]int64{4, 8, 5, 2}, readers.Place{Offset: 8}, 8, [4]int64{0, 8})
	f("all of it", 19, [4]int64{4, 8, 5, 2}, readers.Place{}, 0, [4]int64{})
}

func TestACursorIsNotPutWhereItCannotBe(t *testing.T) {
	cfg := Default()
	cfg.MaxLine = 64 << 10
	f := func(what, says, text string, change func(path string, c *readers.Checkpoint), to readers.Place) {
		t.Helper()
		path := written(t, text)
		c := stoodAt(t, path, 4)
		change(path, &c)
		was := c
		got, err := cfg.Move(c, to)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", what, err)
		}
		if got != was {
			t.Errorf("%s: it is changed: %+v", what, got)
		}
	}
	none := func(string, *readers.Checkpoint) {}
	state := func(change func(*Identity)) func(string, *readers.Checkpoint) {
		return func(_ string, c *readers.Checkpoint) {
			is, err := IdentityOf(c.State)
			if err != nil {
				t.Fatal(err)
			}
			change(&is)
			c.State = is.State()
		}
	}
	f("behind its end", "has 8 bytes", "one\ntwo\n", none, readers.Place{Offset: 9})
	f("another file", "another content", "one\ntwo\n", state(func(i *Identity) { i.Inode++ }), readers.Place{})
	f("rewritten before the cursor", "another content", "one\ntwo\n", func(path string, _ *readers.Checkpoint) {
		if err := os.WriteFile(path, []byte("onx\ntwo\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}, readers.Place{})
	f("truncated", "another content", "one\ntwo\n", func(path string, _ *readers.Checkpoint) {
		if err := os.Truncate(path, 2); err != nil {
			t.Fatal(err)
		}
	}, readers.Place{})
	f("gone", "gone", "one\n", state(func(i *Identity) { i.Gone = time.Unix(1, 0) }), readers.Place{})
	f("not there", "no such file", "one\n", func(path string, _ *readers.Checkpoint) { os.Remove(path) }, readers.Place{})
	f("within an overlong line", "max_line", "one\n"+strings.Repeat("x", 300<<10), none, readers.Place{Offset: 200 << 10})
	f("no time anywhere", "no time", "one\ntwo\n", none, readers.Place{At: time.Unix(1, 0), Time: func(io.Reader) (time.Time, bool) { return time.Time{}, false }})
}

// What belongs to the last record of the file before it is not read twice.
func TestACursorIsNotPutIntoTheRecordOfTheFileBefore(t *testing.T) {
	path := written(t, "    at b\n    at c\nnext\n")
	c := stoodAt(t, path, 18)
	is, err := IdentityOf(c.State)
	if err != nil {
		t.Fatal(err)
	}
	is.Join, is.JoinLen = record.StreamID{2}, 9
	c.State = is.State()
	cfg := Default()
	if got, err := cfg.Move(c, readers.Place{}); err != nil || got.Offset != 9 {
		t.Errorf("%v: at %d", err, got.Offset)
	}
}

// Lines are found by their time, wherever in a file they stand; lines without one belong to the line before.
func TestACursorIsPutAtATime(t *testing.T) {
	var text strings.Builder
	var begins []int64
	for i := range 5000 {
		begins = append(begins, int64(text.Len()))
		text.WriteString(time.Unix(int64(10*i), 0).UTC().Format(time.RFC3339) + " line\n")
		for range i % 4 {
			text.WriteString("    goes on\n")
		}
	}
	path := written(t, text.String())
	size := int64(text.Len())
	first := func(in io.Reader) (time.Time, bool) {
		all, err := io.ReadAll(in)
		if err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(string(all)) {
			if at, err := time.Parse(time.RFC3339, strings.Split(line, " ")[0]); err == nil {
				return at, true
			}
		}
		return time.Time{}, false
	}
	cfg := Default()
	for _, i := range []int{0, 1, 2, 3, 777, 2500, 4998, 4999} {
		for _, early := range []time.Duration{0, 5 * time.Second} {
			got, err := cfg.Move(stoodAt(t, path, size), readers.Place{At: time.Unix(int64(10*i), 0).Add(-early), Time: first})
			if err != nil || got.Offset != begins[i] {
				t.Errorf("line %d less %v: %v, at %d, want %d", i, early, err, got.Offset, begins[i])
			}
		}
	}
	if got, err := cfg.Move(stoodAt(t, path, 0), readers.Place{At: time.Unix(1<<40, 0), Time: first}); err != nil || got.Offset != size {
		t.Errorf("a time to come: %v, at %d of %d", err, got.Offset, size)
	}
}
