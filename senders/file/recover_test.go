package file

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"logskiff/senders"
)

// someHistory makes a folder with a few commits, and returns what was committed
// when, its index and its data file.
func someHistory(t *testing.T) (dir string, segs []seg, indexAt []int, index []byte, name string, data []byte) {
	dir = t.TempDir()
	e := mustOpen(t, dir)
	segs = []seg{{1, 0, 3, 10}, {2, 0, 2, 10}, {1, 30, 2, 10}, {1, 70, 1, 10}}
	for _, s := range segs {
		mustSend(t, e, s)
		indexAt = append(indexAt, int(e.store.indexPos))
	}
	name = e.store.name.name
	crash(e)
	index, err := os.ReadFile(e.store.indexPath())
	if err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return dir, segs, indexAt, index, name, data
}

func folderWith(t *testing.T, index []byte, name string, data []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, indexDir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, indexDir, indexName), index, 0o600); err != nil {
		t.Fatal(err)
	}
	if name != "" {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// reopen opens the folder on a disk whose syncs cost nothing: the tables here need
// thousands.
func reopen(t *testing.T, dir string) (*endpoint, string) {
	t.Helper()
	var log bytes.Buffer
	e, err := openWith(testConfig(dir), testEnv(t, &log), newDisk().open)
	if err != nil {
		t.Fatal(err)
	}
	return e, log.String()
}

func sendAll(t *testing.T, e *endpoint, segs []seg) {
	t.Helper()
	for _, s := range segs {
		mustSend(t, e, s)
	}
}

func TestAfterATornWriteTheFileEndsWithAWholeLine(t *testing.T) {
	_, segs, indexAt, index, name, data := someHistory(t)
	committed := bytes.Index(data, []byte(line(1, 70)))
	for cut := committed; cut <= len(data); cut++ {
		for _, zeros := range []int{0, 5000} {
			dir := folderWith(t, index[:indexAt[2]], name, append(bytes.Clone(data[:cut]), make([]byte, zeros)...))
			e, log := reopen(t, dir)
			wantKept(t, dir, segs[:3]...)
			aside, _ := filepath.Glob(filepath.Join(dir, indexDir, "unreadable-*"))
			if (len(aside) == 1) != (zeros > 0) || strings.Contains(log, "level=ERROR") {
				t.Fatalf("cut %d and %d zeros: set aside %v\n%s", cut, zeros, aside, log)
			}
			sendAll(t, e, segs)
			wantOnce(t, dir, segs...)
			crash(e)
		}
	}
}

// damages is what may have become of an index; older is a copy from before.
func damages(index, older []byte, each func(what string, index []byte)) {
	for cut := range len(index) + 1 {
		each(fmt.Sprint("cut to ", cut), index[:cut])
		switch cut % 5 { // each of these costs some syncs
		case 0:
			each(fmt.Sprint("zeros from ", cut), append(bytes.Clone(index[:cut]), make([]byte, len(index)-cut)...))
		case 1:
			each(fmt.Sprint("zeros up to ", cut), append(make([]byte, cut), index[cut:]...))
		}
	}
	for i := 0; i < len(index); i += 3 {
		bad := bytes.Clone(index)
		bad[i] ^= 0x55
		each(fmt.Sprint("changed at ", i), bad)
	}
	each("an older copy", older)
	each("gone", nil)
}

// However the index was damaged, what was acknowledged stays, and what is sent again is known.
func TestNoDamageToTheIndexTakesAnAcknowledgedRecord(t *testing.T) {
	from := t.TempDir()
	cfg := testConfig(from)
	e, err := openWith(cfg, testEnv(t, nil), newDisk().open)
	if err != nil {
		t.Fatal(err)
	}
	segs := []seg{{1, 0, 3, 10}, {2, 0, 2, 10}, {1, 60, 2, 10}, {3, 7, 1, 1}, {1, 30, 3, 10}, {2, 40, 2, 10}}
	var older []byte
	for i, s := range segs {
		if i == 2 || i == 4 {
			e.store.cfg.RotateSize = 1 // the next one begins a new file
		}
		mustSend(t, e, s)
		e.store.cfg.RotateSize = cfg.RotateSize
		if i == 1 {
			if older, err = os.ReadFile(e.store.indexPath()); err != nil {
				t.Fatal(err)
			}
		}
	}
	crash(e)
	index, err := os.ReadFile(e.store.indexPath())
	if err != nil {
		t.Fatal(err)
	}
	files, err := listData(from)
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	texts := map[string][]byte{}
	for _, f := range files {
		if texts[f.name], err = os.ReadFile(filepath.Join(from, f.name)); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	damages(index, older, func(what string, index []byte) {
		dir := folderWith(t, index, "", nil)
		defer os.RemoveAll(dir)
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(dir, f.name), texts[f.name], 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if index == nil {
			if err := os.Remove(filepath.Join(dir, indexDir, indexName)); err != nil {
				t.Fatal(err)
			}
		}
		e, _ := reopen(t, dir)
		check := func(then string) {
			if got := offsets(t, dir); len(got) != 13 || maxOf(got) != 1 {
				t.Fatalf("%s, %s: %v", what, then, show(got))
			}
		}
		check("after the start")
		sendAll(t, e, segs)
		check("after repeats")
		mustSend(t, e, seg{1, 0, 9, 10}, seg{2, 0, 2, 10}, seg{2, 40, 2, 10}) // batches cut anew
		crash(e)
		if n++; n%8 > 0 {
			return
		}
		e, _ = reopen(t, dir)
		mustSend(t, e, seg{1, 0, 9, 10}, seg{2, 0, 2, 10}, seg{2, 40, 2, 10})
		got := offsets(t, dir)
		if len(got) != 14 || maxOf(got) != 1 { // 1@80 is new
			t.Fatalf("%s, after a second start: %v", what, show(got))
		}
		crash(e)
	})
}

func maxOf(m map[string]int) (n int) {
	for _, k := range m {
		n = max(n, k)
	}
	return n
}

func TestADamagedIndexIsSetAsideAndSaid(t *testing.T) {
	_, _, _, index, name, data := someHistory(t)
	for i := range index {
		bad := bytes.Clone(index)
		bad[i] ^= 0x55
		dir := folderWith(t, bad, name, data)
		e, log := reopen(t, dir)
		if !strings.Contains(log, "the index is damaged") {
			t.Fatalf("byte %d: %s", i, log)
		}
		if found, _ := filepath.Glob(filepath.Join(dir, indexDir, indexName+".damaged-*")); len(found) != 1 {
			t.Fatalf("byte %d: not set aside", i)
		}
		crash(e)
	}
}

// Lines of older versions do not say their size: they stay, and are in the files twice when they
// are sent again after the index was lost.
func TestWithoutIndexTheLinesOfOlderVersionsStay(t *testing.T) {
	_, segs, _, _, name, data := someHistory(t)
	older := bytes.ReplaceAll(data, []byte(`,"_size":10`), nil)
	dir := folderWith(t, nil, name, older)
	e, log := reopen(t, dir)
	if got := offsets(t, dir); len(got) != 8 || !strings.Contains(log, "without_size=8") {
		t.Fatal(show(got), log)
	}
	sendAll(t, e, segs)
	if got := offsets(t, dir); len(got) != 8 || maxOf(got) != 2 {
		t.Fatal(show(got))
	}
	crash(e)
}

func TestBytesOfOthersAtTheEndAreMovedAwayAndInTheMiddleStay(t *testing.T) {
	_, segs, indexAt, index, name, data := someHistory(t)
	committed := bytes.Index(data, []byte(line(1, 70)))
	foreign := []byte("somebody wrote this\n{\"_offset\":5}\n")
	f := func(data, left, aside []byte) {
		t.Helper()
		dir := folderWith(t, index[:indexAt[2]], name, data)
		e, log := reopen(t, dir)
		defer crash(e)
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(text, left) {
			t.Fatalf("%v: the file holds %q, want %q", err, text, left)
		}
		found, _ := filepath.Glob(filepath.Join(dir, indexDir, "unreadable-*"))
		if len(aside) == 0 {
			if len(found) > 0 || !strings.Contains(log, "level=ERROR") {
				t.Fatal(found, log)
			}
			return
		}
		if text, err := os.ReadFile(found[0]); err != nil || !bytes.Equal(text, aside) {
			t.Fatalf("%v: %q is set aside", err, text)
		}
		sendAll(t, e, segs)
		wantOnce(t, dir, segs...)
	}
	f(slices.Concat(data, foreign), data, foreign)
	mixed := slices.Concat(data[:committed], foreign, data[committed:])
	f(mixed, mixed, nil)
}

func TestAShorterFileIsReportedAndNotWrittenTo(t *testing.T) {
	_, _, _, index, name, data := someHistory(t)
	dir := folderWith(t, index, name, data[:10])
	for range 2 { // the second start must not take the file for uncommitted
		e, log := reopen(t, dir)
		if text, _ := os.ReadFile(filepath.Join(dir, name)); !bytes.Equal(text, data[:10]) {
			t.Fatalf("the file became %q", text)
		}
		_ = log
		crash(e)
	}
	e, _ := reopen(t, dir)
	mustSend(t, e, seg{3, 0, 1, 10})
	crash(e)
	if text, _ := os.ReadFile(filepath.Join(dir, name)); !bytes.Equal(text, data[:10]) {
		t.Fatalf("the file became %q", text)
	}
}

func TestFilesTakenAwayWhileStoppedAreNormal(t *testing.T) {
	dir, segs, _, _, name, _ := someHistory(t)
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	e, log := reopen(t, dir)
	defer crash(e)
	if strings.Contains(log, "level=ERROR") {
		t.Fatal(log)
	}
	sendAll(t, e, segs) // still known
	wantOnce(t, dir)
	mustSend(t, e, seg{9, 0, 1, 10})
	wantOnce(t, dir, seg{9, 0, 1, 10})
	if e.store.name.number <= 1 {
		t.Fatal("a number was used again")
	}
}

func TestAFileNewerThanTheIndexIsNeverCut(t *testing.T) {
	_, _, indexAt, index, name, data := someHistory(t)
	dir := folderWith(t, index[:indexAt[3]], name, data)
	newer := newDataName(7, testEnv(t, nil).Now()).name
	empty := newDataName(8, testEnv(t, nil).Now()).name
	if err := os.WriteFile(filepath.Join(dir, newer), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, empty), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e, log := reopen(t, dir)
	defer crash(e)
	if text, _ := os.ReadFile(filepath.Join(dir, newer)); !bytes.Equal(text, data) {
		t.Fatalf("the file became %q", text)
	}
	if _, err := os.Stat(filepath.Join(dir, empty)); err == nil || !strings.Contains(log, "old copy") {
		t.Fatal("an empty file stays, or nothing was said", log)
	}
	if r := e.Send(t.Context(), payload(seg{3, 0, 1, 1})); r.Class != senders.Delivered {
		t.Fatal(r)
	}
}

func TestTheFolderIsMadeAndWhatIsNotAFolderIsReported(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b", "c")
	e, _ := reopen(t, dir)
	mustSend(t, e, seg{1, 0, 1, 10})
	crash(e)
	wantOnce(t, dir, seg{1, 0, 1, 10})

	inTheWay := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(testConfig(inTheWay), testEnv(t, nil)); err == nil || !strings.Contains(err.Error(), "cannot make the folder") {
		t.Fatal(err)
	}
}
