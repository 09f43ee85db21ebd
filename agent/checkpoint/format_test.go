package checkpoint

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"logskiff/readers"
	readfile "logskiff/readers/file"
)

var writeFormat = flag.Bool("write-format", false, "write the newest testdata/format anew; one that was released must stay as it is")

// TestEveryFormatIsReadForEver reads stores that were killed, with a journal that has an
// entry of each kind. Each format has a folder, made by a program that wrote that format.
// After it was opened a store says the same, and is of the oldest format that is still written, or its own.
func TestEveryFormatIsReadForEver(t *testing.T) {
	if *writeFormat {
		writeNewest(t, filepath.Join("testdata", fmt.Sprint("format", formatVersion)))
	}
	for version := uint32(1); version <= formatVersion; version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			from := filepath.Join("testdata", fmt.Sprint("format", version))
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(from, "want.json"))
			if err != nil {
				t.Fatal(err)
			}
			want := wantOf(t, version, text)
			wantFormat(t, dir, version)
			for range 2 { // as it was left, and as it is then
				got, err := Read(dir)
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("got  %+v\nwant %+v, %v", got, want, err)
				}
				var l logs
				s := mustOpen(t, dir, l.options())
				if got := s.All(); !reflect.DeepEqual(got, want) || l.count("level=") > 0 {
					t.Fatalf("opened: got  %+v\nwant %+v\n%s", got, want, l.buf.String())
				}
				for name, at := range map[string]int64{"nginx-access/archive": 7, "nginx-access/ingest": 9} {
					if got := s.Pipeline(name).LookedAt(); version >= 3 && !got.Equal(time.Unix(1_700_000_000, at)) || version < 3 && !got.IsZero() {
						t.Fatalf("%s was looked at %v", name, got)
					}
				}
				if id := s.AgentID(); agentIDText(id) != "00112233445566778899aabbccddeeff 48dfe982\n" {
					t.Fatalf("the agent's id is %s", agentIDText(id))
				}
				crash(s) // it is in that format from the moment it is open
				wantFormat(t, dir, max(version, oldestFormat))
			}
		})
	}
}

// wantOf reads what a store holds. Before format 4 all streams were files', and what their reader knows of them no state.
func wantOf(t *testing.T, version uint32, text []byte) (want []Listed) {
	t.Helper()
	var all []struct {
		Listed
		readfile.Identity
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if version < 4 {
			l.Listed.State = l.Identity.State()
		}
		want = append(want, l.Listed)
	}
	return want
}

func wantFormat(t *testing.T, dir string, want uint32) {
	t.Helper()
	img, err := load(dir)
	if err != nil || img.format != want {
		t.Fatalf("cannot find format %d: %+v, %v", want, img, err)
	}
}

func writeNewest(t *testing.T, to string) {
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
	if err := s.Pipeline("nginx-access/archive").Looked(time.Unix(1_700_000_000, 7), false); err != nil {
		t.Fatal(err)
	}
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	p := s.Pipeline("nginx-access/ingest")
	for n := range 4 {
		if err := s.Pipeline("journal/ingest").Register(counted(n), false); err != nil {
			t.Fatal(err)
		}
		if n == 2 { // those are in the database, and the last one is in the journal
			if err := s.commit(); err != nil {
				t.Fatal(err)
			}
		}
	}
	advance(s.Pipeline("journal/ingest"), id(1), 7)
	if err := p.Looked(time.Unix(1_700_000_000, 9), true); err != nil { // in the journal
		t.Fatal(err)
	}
	if err := p.Register(readers.Checkpoint{ID: id(9), Known: readers.Known{Path: "/var/log/ä", Name: "", State: new(readfile.Identity).State()}}, true); err != nil {
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
