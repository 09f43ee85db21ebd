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
)

var writeFormat = flag.Bool("write-format", false, "write the newest testdata/format anew; one that was released must stay as it is")

// TestEveryFormatIsReadForEver reads stores that were killed, with a journal that has an
// entry of each kind. Each format has a folder, made by a program that wrote that format.
// After it was opened a store is of the newest one, and says the same.
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
			var want []Listed
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			wantFormat(t, dir, version)
			for range 2 { // as it was left, and in the newest format
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
				crash(s) // it is in the newest format from the moment it is open
				wantFormat(t, dir, formatVersion)
			}
		})
	}
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
	if err := p.Looked(time.Unix(1_700_000_000, 9), true); err != nil { // in the journal
		t.Fatal(err)
	}
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
