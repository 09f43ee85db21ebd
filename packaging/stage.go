package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// compile builds the binary for an architecture, the same from any folder.
func compile(r release, arch, to string) error {
	set := fmt.Sprintf("-s -w -buildid= -X logskiff/command.release=%s -X logskiff/command.commit=%s -X logskiff/command.date=%s", r.Version, r.Commit, r.Date.Format(time.RFC3339))
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", set, "-o", to, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOFLAGS=-mod=readonly", "GOAMD64=v1", "GOARM64=v8.0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot build for %s: %w\n%s", arch, err, out)
	}
	return nil
}

// prepare fills dir with what nfpm.yaml takes from ${STAGE}.
func prepare(dir, arch, host string, r release) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := compile(r, arch, filepath.Join(dir, "logskiff")); err != nil {
		return err
	}
	for name, args := range map[string][]string{
		"logskiff.8": {"man"}, "logskiff.bash": {"completion", "bash"},
		"logskiff.zsh": {"completion", "zsh"}, "logskiff.fish": {"completion", "fish"},
	} {
		text, err := exec.Command(host, args...).Output()
		if err != nil {
			return fmt.Errorf("cannot make %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
		if name != "logskiff.8" {
			continue
		}
		if err := compress(filepath.Join(dir, name+".gz"), text); err != nil {
			return err
		}
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "README.md"), besideDocs(readme), 0o644); err != nil {
		return err
	}
	changelog := fmt.Sprintf("logskiff (%s) stable; urgency=medium\n\n  * Built from commit %s.\n\n -- The Logskiff authors <packages@logskiff.example>  %s\n",
		debVersion(r), r.Commit, r.Date.Format(time.RFC1123Z))
	if err := compress(filepath.Join(dir, "changelog.gz"), []byte(changelog)); err != nil {
		return err
	}
	// The form of github.com/goreleaser/chglog, which nfpm reads.
	entries := fmt.Sprintf("- semver: %s\n  date: %s\n  packager: The Logskiff authors <packages@logskiff.example>\n  changes:\n    - commit: %s\n      note: Built from commit %s.\n",
		r.Version, r.Date.Format(time.RFC3339), r.Commit, r.Commit)
	if err := os.WriteFile(filepath.Join(dir, "changelog.yaml"), []byte(entries), 0o644); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(dir, "scripts"), os.DirFS("packaging/scripts")); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, r.Date, r.Date)
	})
}

// besideDocs is a document of the repository's root as it is installed: in one folder
// with what lies in docs there.
func besideDocs(text []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("](docs/"), []byte("](")), []byte("[docs/"), []byte("["))
}

// compress writes text as gzip -9n does: without a name and a time.
func compress(path string, text []byte) error {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(text); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
