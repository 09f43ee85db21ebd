package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1" // what apk compares
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

// segment is one of the compressed archives that an apk is made of, one behind the other.
type segment struct {
	sum   string // sha256 of its compressed bytes
	files []apkFile
}

type apkFile struct {
	*tar.Header
	text []byte
}

// segments reads https://wiki.alpinelinux.org/wiki/Apk_spec#Binary_Format
func segments(t *testing.T, path string) (all []segment) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for r := bytes.NewReader(raw); r.Len() > 0; {
		begin := len(raw) - r.Len()
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		z.Multistream(false)
		content, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(raw[begin : len(raw)-r.Len()])
		s := segment{sum: hex.EncodeToString(sum[:])}
		for archive := tar.NewReader(bytes.NewReader(content)); ; {
			header, err := archive.Next()
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // the first one has no end mark
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(archive)
			if err != nil {
				t.Fatal(err)
			}
			s.files = append(s.files, apkFile{header, text})
		}
		all = append(all, s)
	}
	return all
}

// TestTheApkIsWhatApkReads checks what apk checks before it installs, and its scripts with
// the shell of busybox.
func TestTheApkIsWhatApkReads(t *testing.T) {
	_, packages := built(t, "1.2.3", "apk")
	parts := segments(t, packages["apk"])
	if len(parts) != 2 {
		t.Fatalf("it has %d parts, want the control data and the files; signing adds one", len(parts))
	}
	control, data := parts[0], parts[1]
	info, scripts := map[string]string{}, map[string][]byte{}
	for _, f := range control.files {
		scripts[f.Name] = f.text
	}
	for l := range strings.Lines(string(scripts[".PKGINFO"])) {
		if l = strings.TrimSpace(l); l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		key, value, found := strings.Cut(l, " = ")
		if !found || value == "" {
			t.Errorf(".PKGINFO has the line %q", l)
		}
		info[key] = value
	}
	for key, want := range map[string]string{"pkgname": "logskiff", "pkgver": "1.2.3", "arch": "x86_64", "license": "Apache-2.0", "datahash": data.sum} {
		if info[key] != want {
			t.Errorf(".PKGINFO: %s = %q, want %q", key, info[key], want)
		}
	}
	for _, script := range []string{".post-install", ".post-upgrade", ".pre-deinstall", ".post-deinstall"} {
		if !bytes.HasPrefix(scripts[script], []byte("#!/bin/sh\n")) {
			t.Errorf("the script %s is %q", script, scripts[script])
		}
	}
	modes := apkContent(t, parts)
	for path, want := range map[string]fs.FileMode{
		"usr/bin/logskiff": 0o755, "etc/logskiff/logskiff.toml": 0o644, "etc/logskiff/conf.d": 0o755 | fs.ModeDir,
		"usr/lib/systemd/system/logskiff.service": 0o644, "usr/share/zsh/site-functions/_logskiff": 0o644,
	} {
		if modes[path] != want {
			t.Errorf("%s has the mode %v, want %v", path, modes[path], want)
		}
	}
	t.Run("scripts", func(t *testing.T) { apkLife(t, data, scripts) })
}

// apkContent checks the checksum, owner and time of each file.
func apkContent(t *testing.T, parts []segment) map[string]fs.FileMode {
	t.Helper()
	commit, err := git("show", "-s", "--format=%cI", "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, commit)
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]fs.FileMode{}
	for _, part := range parts {
		for _, f := range part.files {
			name := strings.TrimSuffix(f.Name, "/")
			modes[name] = f.FileInfo().Mode()
			if fixed := name == ".PKGINFO"; f.Uid != 0 || f.Gid != 0 || !fixed && !f.ModTime.Equal(at) {
				t.Errorf("%s is of %d:%d and %v, want root's and %v", name, f.Uid, f.Gid, f.ModTime, at)
			}
			sum := sha1.Sum(f.text)
			noted := f.PAXRecords["APK-TOOLS.checksum.SHA1"]
			if name != ".PKGINFO" && f.Typeflag == tar.TypeReg && noted != hex.EncodeToString(sum[:]) {
				t.Errorf("%s: the checksum %q is not that of the file", name, noted)
			}
		}
	}
	return modes
}
