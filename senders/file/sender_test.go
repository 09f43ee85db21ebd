package file

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"logskiff/senders"
)

func TestRecordsAreWrittenOnceHoweverBatchesAreCutAnew(t *testing.T) {
	f := func(want seg, sent ...seg) {
		t.Helper()
		dir := t.TempDir()
		e := mustOpen(t, dir)
		for _, s := range sent {
			mustSend(t, e, s)
		}
		wantOnce(t, dir, want)
		crash(e)
		e = mustOpen(t, dir) // and it is remembered
		for _, s := range sent {
			mustSend(t, e, s)
		}
		wantOnce(t, dir, want)
	}
	f(seg{1, 0, 10, 7}, seg{1, 0, 10, 7})
	f(seg{1, 0, 10, 7}, seg{1, 0, 10, 7}, seg{1, 0, 10, 7})
	f(seg{1, 0, 10, 7}, seg{1, 0, 4, 7}, seg{1, 0, 10, 7})                          // known in front
	f(seg{1, 0, 10, 7}, seg{1, 28, 6, 7}, seg{1, 0, 10, 7})                         // known at the end
	f(seg{1, 0, 10, 7}, seg{1, 14, 3, 7}, seg{1, 0, 10, 7})                         // known inside
	f(seg{1, 0, 10, 7}, seg{1, 7, 1, 7}, seg{1, 35, 2, 7}, seg{1, 0, 10, 7})        // known in two places
	f(seg{1, 0, 10, 7}, seg{1, 35, 5, 7}, seg{1, 0, 5, 7})                          // out of order
	f(seg{1, 0, 10, 7}, seg{1, 0, 6, 7}, seg{1, 28, 6, 7}, seg{1, 14, 8, 7})        // overlapping
	f(seg{1, 100, 10, 1}, seg{1, 100, 10, 1}, seg{1, 105, 5, 1}, seg{1, 100, 1, 1}) // one-byte records
}

func TestOneRequestTwiceInOneBatchIsWrittenOnce(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	mustSend(t, e, seg{1, 0, 5, 10}, seg{2, 0, 5, 10}, seg{1, 0, 5, 10}, seg{1, 30, 5, 10})
	wantOnce(t, dir, seg{1, 0, 8, 10}, seg{2, 0, 5, 10})
	if n := e.counters.Repeats.Load(); n != 7 {
		t.Fatalf("%d repeats counted", n)
	}
	if n := e.counters.Records.Load(); n != 13 {
		t.Fatalf("%d records counted", n)
	}
}

// A batch with repeats in it that could not be written is sent again: its repeats count once.
func TestWhatIsCountedIsWhatWasWritten(t *testing.T) {
	d, dir := newDisk(), t.TempDir()
	e := openOn(t, d, dir)
	mustSend(t, e, seg{1, 0, 5, 10})
	d.set(func(op, path string) error {
		if op == "write" {
			return syscall.ENOSPC
		}
		return nil
	})
	for range 3 {
		if r := e.Send(t.Context(), payload(seg{1, 30, 5, 10})); r.Class != senders.Retry {
			t.Fatalf("got %+v", r)
		}
	}
	d.set(nil)
	mustSend(t, e, seg{1, 30, 5, 10})
	mustSend(t, e, seg{1, 0, 8, 10})
	got := e.written()
	if got.Records != 8 || got.Repeats != 2+8 || got.Commits != 2 || got.Failed != 3 || got.Bytes == 0 {
		t.Errorf("got %+v", got)
	}
	crash(e)
}

func TestPartOfABatchIsWrittenAsThatPart(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	whole := payload(seg{1, 0, 4, 10}, seg{2, 0, 4, 10})
	half := *whole
	half.First, half.Last = 2, 6
	half.Body = []byte(line(1, 20) + line(1, 30) + line(2, 0) + line(2, 10))
	if r := e.Send(t.Context(), &half); r.Class != senders.Delivered {
		t.Fatal(r)
	}
	wantOnce(t, dir, seg{1, 20, 2, 10}, seg{2, 0, 2, 10})
	if r := e.Send(t.Context(), whole); r.Class != senders.Delivered {
		t.Fatal(r)
	}
	wantOnce(t, dir, seg{1, 0, 4, 10}, seg{2, 0, 4, 10})
}

func TestARecordOnlyPartlyKnownIsWritten(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	mustSend(t, e, seg{1, 0, 1, 10})
	mustSend(t, e, seg{1, 0, 1, 20}) // the line was cut at another place before
	if got := offsets(t, dir); got["01@0"] != 2 {
		t.Fatal(got)
	}
}

func TestAnonymousRecordsAreNeitherRepeatsNorRemembered(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	p := payload(seg{1, 0, 2, 10})
	p.Batch.Segments[0].Stream.Anonymous = true
	for range 2 {
		if r := e.Send(t.Context(), p); r.Class != senders.Delivered {
			t.Fatal(r)
		}
	}
	if got := offsets(t, dir); got["01@0"] != 2 || len(e.history) != 0 {
		t.Fatal(got, e.history)
	}
	crash(e)
	e = mustOpen(t, dir)
	if got := offsets(t, dir); got["01@10"] != 2 || len(e.history) != 0 {
		t.Fatal("they did not survive", got, e.history)
	}
}

func TestManySendersShareSyncsAndIdenticalPayloadsAreOne(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range int64(20) {
				// Two goroutines each send the same, and all overlap with their neighbours.
				r := e.Send(t.Context(), payload(seg{byte(g / 2), i * 50, 10, 10}))
				if r.Class != senders.Delivered {
					t.Error(r.Reason)
				}
			}
		})
	}
	wg.Wait()
	var want []seg
	for g := range 8 {
		want = append(want, seg{byte(g), 0, 105, 10})
	}
	wantOnce(t, dir, want...)
	if n := e.counters.Commits.Load(); n > 16*20 {
		t.Fatalf("%d commits", n)
	}
	for g := range 8 {
		if k := e.known(id(byte(g))); len(k) != 1 || k[0] != (span{0, 1050}) {
			t.Fatalf("stream %d: %v", g, k)
		}
	}
}

func TestRotatesBySizeAndAgeAndKeepsSoMany(t *testing.T) {
	dir := t.TempDir()
	cfg, env := testConfig(dir), testEnv(t, nil)
	now := time.Date(2026, 11, 21, 2, 20, 47, 0, time.UTC)
	env.Now = func() time.Time { return now }
	cfg.RotateSize, cfg.RotateAge, cfg.KeepFiles = 64<<10, 3600e9, 2
	e, err := open(cfg, env)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	names := func(want ...string) {
		t.Helper()
		files, _ := listData(dir)
		var got []string
		for _, f := range files {
			got = append(got, f.name)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	mustSend(t, e, seg{1, 0, 1000, 100}) // > 64 KiB
	names("received-20261121T022047Z-000001.ndjson")
	mustSend(t, e, seg{2, 0, 1, 100})
	names("received-20261121T022047Z-000001.ndjson", "received-20261121T022047Z-000002.ndjson")
	now = now.Add(time.Hour)
	mustSend(t, e, seg{2, 100, 1, 100})
	names("received-20261121T022047Z-000001.ndjson", "received-20261121T022047Z-000002.ndjson", "received-20261121T032047Z-000003.ndjson")
	now = now.Add(time.Hour)
	mustSend(t, e, seg{2, 200, 1, 100})
	names("received-20261121T022047Z-000002.ndjson", "received-20261121T032047Z-000003.ndjson", "received-20261121T042047Z-000004.ndjson")
	mustSend(t, e, seg{1, 0, 1000, 100}) // known although its file is deleted
	wantOnce(t, dir, seg{2, 0, 3, 100})
}

func TestAFileTakenAwayIsNotWrittenIntoAnyMore(t *testing.T) {
	f := func(what string, do func(path string) error) {
		dir := t.TempDir()
		e := mustOpen(t, dir)
		mustSend(t, e, seg{1, 0, 2, 10})
		first := e.store.name.name
		if err := do(filepath.Join(dir, first)); err != nil {
			t.Fatal(err)
		}
		mustSend(t, e, seg{1, 0, 4, 10})
		text, err := os.ReadFile(filepath.Join(dir, e.store.name.name))
		if err != nil || e.store.name.name == first || string(text) != line(1, 20)+line(1, 30) {
			t.Fatalf("%s: new file %q: %v", what, text, err)
		}
	}
	f("deleted", os.Remove)
	f("moved", func(p string) error { return os.Rename(p, p+".taken") })
	f("emptied", func(p string) error { return os.Truncate(p, 0) })
	f("replaced", func(p string) error {
		if err := os.WriteFile(p+".new", []byte("other\n"), 0o600); err != nil {
			return err
		}
		return os.Rename(p+".new", p)
	})
	f("appended to", func(p string) error { return os.WriteFile(p, []byte(line(1, 0)+line(1, 10)+"other\n"), 0o600) })
}

func TestTwoProcessesCannotShareAFolder(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir)
	if _, err := open(testConfig(dir), testEnv(t, nil)); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Fatal(err)
	}
}

func TestSendEndsWithItsContextAndAfterClose(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := e.Send(ctx, payload(seg{1, 0, 1, 1})); r.Class != senders.Retry {
		t.Fatal(r)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if r := e.Send(t.Context(), payload(seg{1, 0, 1, 1})); r.Class != senders.Retry || !strings.Contains(r.Reason, "closed") {
		t.Fatal(r)
	}
	wantOnce(t, dir)
}

func TestAWaiterThatGivesUpLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	e.token <- struct{}{} // somebody is writing
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan senders.Result)
	go func() { gone <- e.Send(ctx, payload(seg{1, 0, 3, 10})) }()
	waitFor(t, e, func() bool { return e.next != nil })
	again := make(chan senders.Result)
	go func() { again <- e.Send(t.Context(), payload(seg{1, 0, 3, 10})) }() // waits for the first
	cancel()
	if r := <-gone; r.Class != senders.Retry {
		t.Fatal(r)
	}
	<-e.token
	if r := <-again; r.Class != senders.Delivered {
		t.Fatal(r)
	}
	wantOnce(t, dir, seg{1, 0, 3, 10})
}

func waitFor(t *testing.T, e *endpoint, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		e.mu.Lock()
		ok := is()
		e.mu.Unlock()
		if ok {
			return
		}
	}
	t.Fatal("it never happened")
}

func TestSilentStreamsAreForgotten(t *testing.T) {
	dir := t.TempDir()
	env := testEnv(t, nil)
	now := env.Now()
	env.Now = func() time.Time { return now }
	e, err := open(testConfig(dir), env)
	if err != nil {
		t.Fatal(err)
	}
	mustSend(t, e, seg{1, 0, 1, 10}, seg{2, 0, 1, 10})
	now = now.Add(5 * 24 * time.Hour)
	mustSend(t, e, seg{2, 10, 1, 10})
	now = now.Add(3 * 24 * time.Hour)
	e.store.longAt = 0 // the index is due to be written anew
	mustSend(t, e, seg{3, 0, 1, 10})
	if e.history[id(1)] != nil || e.history[id(2)] == nil {
		t.Fatal(e.history)
	}
	crash(e)
	data, _ := os.ReadFile(e.store.indexPath())
	if bytes.Contains(data, idBytes(1)) {
		t.Fatal("the index still holds the silent stream")
	}
}

func idBytes(n byte) []byte { i := id(n); return i[:] }

func TestValidateNamesEachWrongKey(t *testing.T) {
	c := Config{RotateSize: 1, RotateAge: 1, KeepFiles: -1}
	err := c.Validate()
	for _, key := range []string{"path", "rotate_size", "rotate_age", "keep_files", "dedup_keep", "dedup_memory", "dedup_streams"} {
		if err == nil || !strings.Contains(err.Error(), key+": ") {
			t.Errorf("%s is not named in %v", key, err)
		}
	}
	d := Default()
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
}
