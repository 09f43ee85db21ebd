package file

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckSaysWhatDoesNotAgree(t *testing.T) {
	_, segs, indexAt, index, name, data := someHistory(t)
	f := func(what string, index, data []byte, wants ...string) {
		t.Helper()
		dir := folderWith(t, index, name, data)
		var out bytes.Buffer
		sound, err := Check(dir, &out)
		if err != nil || sound != (len(wants) == 0) {
			t.Fatalf("%s: sound %t, %v\n%s", what, sound, err, out.String())
		}
		for _, want := range append(wants, name, "1 file(s)") {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: %q is not said in\n%s", what, want, out.String())
			}
		}
		if text, _ := os.ReadFile(filepath.Join(dir, name)); !bytes.Equal(text, data) {
			t.Fatalf("%s: the data was touched", what)
		}
		if err := Remake(dir, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(what, err)
		}
		e, _ := reopen(t, dir)
		defer crash(e)
		sendAll(t, e, segs)
		if got := offsets(t, dir); maxOf(got) != 1 || len(got) != 8 {
			t.Fatalf("%s, made again: %v", what, show(got))
		}
	}
	bad := bytes.Clone(index)
	bad[indexAt[0]+30] ^= 1
	f("whole", index, data)
	f("gone", nil, data, "it is missing")
	f("cut", index[:indexAt[1]], data, "3 record(s) are not in the index")
	f("torn", index[:indexAt[2]+9], data, "its last 9 bytes are the beginning of an entry", "1 record(s) are not")
	f("changed", bad, data, "cannot be read: they were changed", "entries are missing at 1 place(s)")
	f("an entry taken out", append(bytes.Clone(index[:indexAt[0]]), index[indexAt[1]:]...), data, "entries are missing at 1")
	f("half a line more", index, append(bytes.Clone(data), `{"_offset":7`...), "its last 12 bytes are no whole record: the beginning of one")
	f("zeros more", index, append(bytes.Clone(data), 0, 0, 0), "its last 3 bytes are no whole record: the next start moves")

	dir := folderWith(t, index, name, data[:len(data)-5])
	var out bytes.Buffer
	if sound, err := Check(dir, &out); sound || err != nil || !strings.Contains(out.String(), "shorter than what was written to it, by 5 bytes") {
		t.Fatal(sound, err, out.String())
	}
}

func TestCheckAndRemakeNeedTheFolderForThemselves(t *testing.T) {
	dir := t.TempDir()
	if _, err := Check(dir, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "not the folder") {
		t.Fatal(err)
	}
	mustOpen(t, dir)
	if _, err := Check(dir, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Fatal(err)
	}
	if err := Remake(dir, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Fatal(err)
	}
}

func TestWhatIsReadBackIsWhatWasWritten(t *testing.T) {
	f := func(line string, want stored, ok bool) {
		t.Helper()
		if got, is := parseStored([]byte(line)); is != ok || is && got != want {
			t.Errorf("%q: %+v, %t", line, got, is)
		}
	}
	stream := `"_stream":"01` + strings.Repeat("00", 14) + `ff"`
	f(`{"_offset":7,"_size":5,`+stream+`,"a":1}`, stored{owned{id(1), span{7, 12}}, true}, true)
	f(`{"_offset":7,"_size":5,`+stream+`,"_size":9,"_offset":1}`, stored{owned{id(1), span{7, 12}}, true}, true)
	f(`{"_offset":7,`+stream+`,"_size":9}`, stored{owned: owned{id(1), span{7, 0}}}, true)
	f(`{"_offset":7,"_size":0,`+stream+`}`, stored{}, false)
	f(`{"_offset":7,"_size":99999999999,`+stream+`}`, stored{}, false)
	f(`{"_offset":,`+stream+`}`, stored{}, false)
	f(`{"_offset":7,`+stream[:20]+`}`, stored{}, false)
	f(`{"_offset":7,"_size":5,`+stream+`,"a":"`+"\x00"+`"}`, stored{}, false)
	f(`{"_offset":7,"_size":5,`+stream+`,"a":`, stored{}, false)
	f(``, stored{}, false)
	f(`{"a":1}`, stored{}, false)
}
