package filesend

import (
	"bytes"
	"os"
	"path/filepath"
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
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
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

func TestIndexTornAtEveryByteLeavesWhatWasAcknowledgedOnce(t *testing.T) {
	_, segs, indexAt, index, name, data := someHistory(t)
	for cut := indexAt[0]; cut <= len(index); cut++ {
		for _, zeros := range []int{0, 700} {
			dir := folderWith(t, append(bytes.Clone(index[:cut]), make([]byte, zeros)...), name, data)
			e, log := reopen(t, dir)
			n := 0
			for n < len(indexAt) && indexAt[n] <= cut {
				n++
			}
			wantOnce(t, dir, segs[:n]...)
			if strings.Contains(log, "level=ERROR") {
				t.Fatalf("a torn index is not damage: %s", log)
			}
			sendAll(t, e, segs)
			wantOnce(t, dir, segs...)
			crash(e)
		}
	}
}

func TestDataLongerThanCommittedIsCutAtEveryByte(t *testing.T) {
	_, segs, indexAt, index, name, data := someHistory(t)
	committed := bytes.Index(data, []byte(line(1, 70)))
	for cut := committed; cut <= len(data); cut++ {
		dir := folderWith(t, index[:indexAt[2]], name, data[:cut])
		e, _ := reopen(t, dir)
		wantOnce(t, dir, segs[:3]...)
		sendAll(t, e, segs)
		wantOnce(t, dir, segs...)
		crash(e)
	}
}

func TestIndexChangedAtEveryByteLosesNoRecordAndSaysSo(t *testing.T) {
	_, segs, _, index, name, data := someHistory(t)
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
		have := offsets(t, dir)
		doubtful, _ := filepath.Glob(filepath.Join(dir, indexDir, "doubtful-*"))
		for _, d := range doubtful {
			text, err := os.ReadFile(d)
			if err != nil || !bytes.HasSuffix(data, text) {
				t.Fatalf("byte %d: %s does not hold the end of the data", i, d)
			}
			for range bytes.Lines(text) {
				have[d]++ // stands for a record that was moved
			}
		}
		total := 0
		for _, n := range have {
			total += n
		}
		if total != 8 {
			t.Fatalf("byte %d: %d records are left: %v\n%s", i, total, have, log)
		}
		sendAll(t, e, segs)
		for k, n := range offsets(t, dir) {
			if n > 2 {
				t.Fatalf("byte %d: %s is there %d times", i, k, n)
			}
		}
		crash(e)
	}
}

func TestWithoutIndexTheFilesStayAndItSaysWhatThatMeans(t *testing.T) {
	for _, cut := range []int{0, 5, 60, 1000} { // of the data's end
		_, segs, _, _, name, data := someHistory(t)
		data = data[:max(0, len(data)-cut)]
		dir := folderWith(t, nil, name, data)
		e, log := reopen(t, dir)
		offsets(t, dir) // whole lines only
		if !strings.Contains(log, "the index of the folder is gone") {
			t.Fatal(log)
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if want := data[:bytes.LastIndexByte(data, '\n')+1]; err != nil || !bytes.Equal(text, want) {
			t.Fatalf("cut %d: %q, want %q", cut, text, want)
		}
		sendAll(t, e, segs)
		if e.store.name.name == name {
			t.Fatal("the old file is written to")
		}
		crash(e)
	}
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
