package kinds

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"logskiff/conf"
	"logskiff/readers/lines"
)

// Who asks a reader's settings for files, or for how text is cut, is answered by each kind that has an answer.
func TestReadersSayWhatTheyReadAndHowTheyCut(t *testing.T) {
	reads, cuts := map[string]bool{"file": true}, map[string]bool{"file": true}
	for _, k := range All().Readers {
		p := conf.Plugin{Kind: k.Name, Settings: k.New()}
		if got := FilesOf(p) != nil; got != reads[k.Name] {
			t.Errorf("%s reads files: %v", k.Name, got)
		}
		set, ok := LinesOf(p)
		if ok != cuts[k.Name] || ok && set != lines.Default() {
			t.Errorf("%s cuts text: %v, as in %+v", k.Name, ok, set)
		}
	}
}

func TestFilesOfASourceAreMet(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.log", "b.log", "c.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pattern := filepath.Join(dir, "*.log")
	cfg, err := conf.Parse("x", []byte("[[source]]\nname = \"a\"\nreader.file.paths = [\""+pattern+"\"]\n"+
		"[[sender]]\nname = \"b\"\nfile = { path = \"/x\" }\n"), All())
	if err != nil {
		t.Fatal(err)
	}
	files := FilesOf(cfg.Sources[0].Reader)
	if got := files.Patterns(); !slices.Equal(got, []string{pattern}) {
		t.Errorf("the patterns are %q", got)
	}
	var met []string
	files.Match(100, func(path string, _ os.FileInfo) bool { met = append(met, filepath.Base(path)); return true })
	if slices.Sort(met); !slices.Equal(met, []string{"a.log", "b.log"}) {
		t.Errorf("met %q", met)
	}
}

// bringing are settings of a reader that brings fields.
type bringing struct{ fixed bool }

func (b bringing) Brings() ([]string, bool) { return []string{"peer"}, b.fixed }

// A template may name what the reader brings, and no other field that nobody makes.
func TestFieldsThatAReaderBringsAreKnown(t *testing.T) {
	cfg, err := conf.Parse("x", []byte("[[source]]\nname = \"a\"\nreader.file.paths = [\"/x\"]\nparser.nginx = {}\n"+
		"fields = [{ template = \"{peer}\", to = \"from\" }, { template = \"{pear}\", to = \"fruit\" }]\n[[sender]]\nname = \"b\"\nfile = { path = \"/x\" }\n"), All())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		reader any
		want   []string
	}{
		{bringing{fixed: true}, []string{"fields[1].template"}},
		{bringing{fixed: false}, nil},
		{cfg.Sources[0].Reader.Settings, []string{"fields[0].template", "fields[1].template"}},
	} {
		s := cfg.Sources[0]
		s.Reader.Settings = c.reader
		var keys []string
		for _, bad := range UnknownFields(s) {
			keys = append(keys, bad.Key)
		}
		if !slices.Equal(keys, c.want) {
			t.Errorf("%T %+v: unknown are %q, want %q", c.reader, c.reader, keys, c.want)
		}
	}
}
