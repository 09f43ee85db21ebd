package main

import (
	"archive/tar"
	"compress/gzip"
	"io"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// Each link in a document of the packages leads to a file that they hold. The archive has
// the files of the rpm, which has those of the others.
func TestLinksOfThePackagedDocumentsLeadSomewhere(t *testing.T) {
	_, files := built(t, "1.2.3", "tar.gz")
	f, err := os.Open(files["tar.gz"])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	held, documents := map[string]bool{}, map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		_, name, _ := strings.Cut(h.Name, "/")
		for dir := name; dir != "." && dir != "/"; dir = path.Dir(dir) {
			held[dir] = true
		}
		if strings.HasSuffix(name, ".md") {
			text, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			documents[name] = string(text)
		}
	}
	links := 0
	for name, text := range documents {
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			to, _, _ := strings.Cut(m[1], "#")
			if to == "" || strings.Contains(to, "://") {
				continue
			}
			links++
			if !held[path.Join(path.Dir(name), to)] {
				t.Errorf("%s: a link to %s leads nowhere", name, m[1])
			}
		}
	}
	if links < 8 || len(documents) < 10 {
		t.Errorf("there are only %d links in %d documents", links, len(documents))
	}
	for _, unit := range []string{"systemd/logskiff.service", "systemd/logskiff-forwarder@.service", "systemd/logskiff.socket", "systemd/logskiff-forwarder@.socket"} {
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`file:///(\S+)`).FindAllStringSubmatch(string(text), -1) {
			if !held[m[1]] {
				t.Errorf("%s: %s is not there", unit, m[0])
			}
		}
	}
}
