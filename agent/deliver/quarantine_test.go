package deliver

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"

	"logskiff/senders"
)

// entries reads the whole quarantine; each line must be one entry.
func entries(t *testing.T, q *Quarantine) []Entry {
	t.Helper()
	data, err := os.ReadFile(q.Path())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []Entry
	for line := range bytes.Lines(data) {
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		all = append(all, e)
	}
	return all
}

func refusal400(i int) refusal {
	return refusal{piece: &piece{set: set{{i, i + 1}}}, endpoint: "http://a", Result: senders.Result{Class: senders.Refused, Status: 400, Reason: "why"}}
}

func TestQuarantineKeepsEveryByteOfARecord(t *testing.T) {
	q := newQuarantine(t)
	lines := []string{"plain", `quo"ted <&> ` + "\u2028", "bad \xff\xfe utf8", "", "nul \x00"}
	b := newBatch(lines...)
	if err := q.put(b, []refusal{refusal400(0), refusal400(1), refusal400(2), refusal400(3), refusal400(4)}, false); err != nil {
		t.Fatal(err)
	}
	for i, e := range entries(t, q) {
		if got := e.Text + string(e.Base64); got != lines[i] {
			t.Errorf("got %q, want %q", got, lines[i])
		}
	}
	if info, _ := os.Stat(q.Path()); info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", info.Mode())
	}
}

func TestAFullQuarantineTakesNothingAndSaysWhatToDo(t *testing.T) {
	q := newQuarantine(t)
	q.Max = 600
	b := newBatch("some text")
	var err error
	n := 0
	for ; err == nil && n < 100; n++ {
		err = q.put(b, []refusal{refusal400(0)}, false)
	}
	if err == nil || !strings.Contains(err.Error(), "move it away") {
		t.Fatalf("got %v", err)
	}
	if info, _ := os.Stat(q.Path()); info.Size() > q.Max || len(entries(t, q)) != n-1 {
		t.Fatalf("%d bytes, %d entries after %d", info.Size(), len(entries(t, q)), n-1)
	}
	if err := os.Rename(q.Path(), q.Path()+".seen"); err != nil {
		t.Fatal(err)
	}
	if err := q.put(b, []refusal{refusal400(0)}, false); err != nil || len(entries(t, q)) != 1 {
		t.Fatalf("after it was moved away: %v", err)
	}
}

func TestATornLineIsCutOffWhenOpened(t *testing.T) {
	for _, tail := range []string{"", `{"time":"2026`, strings.Repeat("x", 200<<10)} {
		dir := t.TempDir()
		log := slog.New(slog.DiscardHandler)
		q, err := OpenQuarantine(dir, "../odd/name", log)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.put(newBatch("whole"), []refusal{refusal400(0)}, false); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(q.Path(), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(tail); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		if q, err = OpenQuarantine(dir, "../odd/name", log); err != nil {
			t.Fatal(err)
		}
		if err := q.put(newBatch("next"), []refusal{refusal400(0)}, false); err != nil {
			t.Fatal(err)
		}
		if got := entries(t, q); len(got) != 2 || got[1].Text != "next" {
			t.Errorf("after a tail of %d bytes: %+v", len(tail), got)
		}
		if !strings.HasPrefix(q.Path(), dir+"/") || strings.Count(q.Path()[len(dir)+1:], "/") != 0 {
			t.Errorf("outside its folder: %s", q.Path())
		}
	}
}
