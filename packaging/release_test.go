package main

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestVersionsComeFromTheTag(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	f := func(said string, changed bool, want, deb, apk string) {
		t.Helper()
		r := release{Version: versionOf(said, commit, changed), Date: time.Date(2026, 11, 21, 2, 20, 47, 0, time.UTC)}
		if r.Version != want || debVersion(r) != deb || r.apkVersion() != apk || !semantic.MatchString(r.Version) {
			t.Errorf("%q: got %s, deb %s, apk %s; want %s, %s, %s", said, r.Version, debVersion(r), r.apkVersion(), want, deb, apk)
		}
	}
	f("v1.2.3-0-g0123456789ab", false, "1.2.3", "1.2.3", "1.2.3")
	f("v1.2.3-5-g0123456789ab", false, "1.2.3+5.g0123456789ab", "1.2.3+5.g0123456789ab", "1.2.3_git20261121022047")
	f("v1.2.3-0-g0123456789ab", true, "1.2.3+changes", "1.2.3+changes", "1.2.3_git20261121022047")
	f("v2.0.0-rc.1-0-g0123456789ab", false, "2.0.0-rc.1", "2.0.0~rc.1", "2.0.0_rc1")
	f("", false, "0.0.0-dev+g0123456789ab", "0.0.0~dev+g0123456789ab", "0.0.0_git20261121")
	f("", true, "0.0.0-dev+g0123456789ab.changes", "0.0.0~dev+g0123456789ab.changes", "0.0.0_git20261121")
}

// repository is the folder above this one; builds change the working folder.
func repository(t *testing.T) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Chdir(here); err != nil {
			t.Error(err)
		}
	})
	return filepath.Dir(here)
}

// built makes packages in a folder of its own and returns their paths by name.
func built(t *testing.T, version string, formats ...string) (folder string, files map[string]string) {
	t.Helper()
	return builtFor(t, "amd64", version, formats...)
}

func builtFor(t *testing.T, arch, version string, formats ...string) (folder string, files map[string]string) {
	t.Helper()
	root := repository(t)
	folder = t.TempDir()
	if err := build(root, folder, version, []string{arch}, formats); err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(filepath.Join(root, "packaging")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, e := range entries {
		for _, suffix := range append(formats, "cdx.json", "SHA256SUMS") {
			if strings.HasSuffix(e.Name(), suffix) {
				files[suffix] = filepath.Join(folder, e.Name())
			}
		}
	}
	if len(files) != len(formats)+2 {
		t.Fatalf("made %v", files)
	}
	return folder, files
}

func TestTheSameCommitMakesTheSameBytes(t *testing.T) {
	all := []string{"deb", "rpm", "apk", "tar.gz"}
	_, one := built(t, "", all...)
	_, two := built(t, "", all...)
	sum := func(path string) [32]byte {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return sha256.Sum256(text)
	}
	for kind := range one {
		if sum(one[kind]) != sum(two[kind]) {
			t.Errorf("two builds of %s differ", filepath.Base(one[kind]))
		}
	}
}

func TestTheBillOfMaterialsNamesEveryModule(t *testing.T) {
	_, files := built(t, "1.2.3", "tar.gz")
	text, err := os.ReadFile(files["cdx.json"])
	if err != nil {
		t.Fatal(err)
	}
	var b bom
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, c := range b.Components {
		if c.Version == "" || !strings.HasPrefix(c.URL, "pkg:golang/") {
			t.Errorf("%+v", c)
		}
		found[c.Name] = true
	}
	for _, want := range []string{"std", "go.etcd.io/bbolt", "github.com/BurntSushi/toml", "github.com/fsnotify/fsnotify"} {
		if !found[want] {
			t.Errorf("%s is missing", want)
		}
	}
	if b.Metadata.Component.Version != "1.2.3" {
		t.Errorf("it is of version %s", b.Metadata.Component.Version)
	}
}
