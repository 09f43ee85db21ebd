package discover

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the expected files of testdata anew")

// tree makes a file system below a folder that stands for /: a name that ends in /
// is a folder, a text that begins with "-> " a link.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		at := filepath.Join(root, name)
		dir := filepath.Dir(at)
		if strings.HasSuffix(name, "/") {
			dir = at
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(text, "-> "); ok {
			err = os.Symlink(to, at)
		} else if dir != at {
			err = os.WriteFile(at, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func find(t *testing.T, o Options) Found {
	t.Helper()
	found, err := Find(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// the returns the finding of that path.
func (f Found) the(t *testing.T, path string) Log {
	t.Helper()
	i := slices.IndexFunc(f.Logs, func(l Log) bool { return l.Path == path })
	if i < 0 {
		t.Fatalf("%s was not found, but %s", path, f.paths())
	}
	return f.Logs[i]
}

func (f Found) paths() []string {
	var out []string
	for _, l := range f.Logs {
		out = append(out, l.Path)
	}
	return out
}

func (f Found) notes() string {
	var b strings.Builder
	for _, n := range f.Notes {
		fmt.Fprintf(&b, "%s: %s\n", n.Where, n.Text)
	}
	return b.String()
}

func wantPaths(t *testing.T, f Found, want ...string) {
	t.Helper()
	if got := f.paths(); !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}

const combinedLine = `127.0.0.1 - - [21/Nov/2026:02:20:47 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"` + "\n"
