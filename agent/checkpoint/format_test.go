package checkpoint

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"logskiff/readers"
)

var writeFormat = flag.Bool("write-format", false, "write testdata/format1 anew; a format that was released must stay as it is")

// TestFormat1IsReadForEver reads a store that was killed, with a journal that
// has an entry of each kind. A new format gets a folder and a test of its own.
func TestFormat1IsReadForEver(t *testing.T) {
	from := filepath.Join("testdata", "format1")
	if *writeFormat {
		writeFormat1(t, from)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(from, "want.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want []Listed
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v, %v", got, want, err)
	}
	var l logs
	s := mustOpen(t, dir, l.options())
	if got := s.All(); !reflect.DeepEqual(got, want) || l.count("level=") > 0 {
		t.Fatalf("opened: got  %+v\nwant %+v\n%s", got, want, l.buf.String())
	}
	if id := s.AgentID(); agentIDText(id) != "00112233445566778899aabbccddeeff 48dfe982\n" {
		t.Fatalf("the agent's id is %s", agentIDText(id))
	}
}

func writeFormat1(t *testing.T, to string) {
	dir := t.TempDir()
	if err := writeAgentID(realDisk{}, dir, [16]byte{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir, Options{Now: clock()})
	for _, name := range []string{"nginx-access/ingest", "nginx-access/archive"} {
		for n := range 4 {
			register(t, s.Pipeline(name), n, false)
		}
	}
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	p := s.Pipeline("nginx-access/ingest")
	if err := p.Register(readers.Checkpoint{ID: id(9), Identity: readers.Identity{Path: "/var/log/ä", Name: ""}}, true); err != nil {
		t.Fatal(err)
	}
	advance(p, id(1), 1<<40)
	p.Lose(id(2), 5, "test")
	p.Forget(id(3))
	crash(s)
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	all, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to, "want.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
}
