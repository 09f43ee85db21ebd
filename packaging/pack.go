package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/apk"
	_ "github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

const description = "packaging/nfpm.yaml"

// load reads the one description for a format and an architecture. Every file in
// it gets the commit's time, so that the bytes depend on the commit alone.
func load(format, stage, arch string, r release) (*nfpm.Info, error) {
	version := r.Version
	if format == "apk" {
		version = r.apkVersion()
	}
	env := map[string]string{"STAGE": stage, "ARCH": arch, "VERSION": version}
	config, err := nfpm.ParseFileWithEnvMapping(description, func(name string) string { return env[name] })
	if err != nil {
		return nil, err
	}
	info, err := config.Get(format)
	if err != nil {
		return nil, err
	}
	scripts := []*string{&info.Scripts.PostInstall, &info.Scripts.PreRemove, &info.Scripts.PostRemove}
	if format == "apk" {
		info.VersionSchema = "none"
		// Its lines are KEY = VALUE.
		info.Description, _, _ = strings.Cut(info.Description, "\n")
		scripts = append(scripts, &info.APK.Scripts.PostUpgrade)
	}
	for _, path := range scripts { // copies that have the commit's time: apk notes it
		*path = filepath.Join(stage, "scripts", filepath.Base(*path))
	}
	info.MTime = r.Date
	if format == "rpm" {
		info.Changelog = filepath.Join(stage, "changelog.yaml")
	}
	info = nfpm.WithDefaults(info)
	if err := nfpm.PrepareForPackager(info, format); err != nil {
		return nil, err
	}
	for _, c := range info.Contents {
		if c.FileInfo == nil {
			c.FileInfo = &files.ContentFileInfo{}
		}
		c.FileInfo.MTime = r.Date
		if format == "rpm" && c.Type == files.TypeFile && (strings.HasPrefix(c.Destination, "/usr/share/doc/") || strings.HasPrefix(c.Destination, "/usr/share/man/")) {
			c.Type = files.TypeRPMDoc // rpm alone marks them, and --excludedocs leaves them out
		}
	}
	return info, nil
}

func debVersion(r release) string {
	v, meta, found := strings.Cut(r.Version, "+")
	v = strings.Replace(v, "-", "~", 1)
	if found {
		v += "+" + meta
	}
	return v
}

func packNative(format, out, stage, arch string, r release) (string, error) {
	info, err := load(format, stage, arch, r)
	if err != nil {
		return "", err
	}
	packager, err := nfpm.Get(format)
	if err != nil {
		return "", err
	}
	path := filepath.Join(out, packager.ConventionalFileName(info))
	var b bytes.Buffer
	if err := packager.Package(info, &b); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, b.Bytes(), 0o644)
}

// packTar makes an archive for systems without a package manager: the same files
// below one folder, by the list of the rpm.
func packTar(out, stage, arch string, r release) (string, error) {
	info, err := load("rpm", stage, arch, r)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("logskiff_%s_linux_%s", r.Version, arch)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	t := tar.NewWriter(z)
	for _, c := range info.Contents {
		switch c.Type {
		case files.TypeImplicitDir, files.TypeDir:
			continue
		}
		text, err := os.ReadFile(c.Source)
		if err != nil {
			return "", err
		}
		header := &tar.Header{Name: name + c.Destination, Size: int64(len(text)), Mode: int64(c.FileInfo.Mode.Perm()), ModTime: r.Date, Format: tar.FormatPAX}
		if err := t.WriteHeader(header); err != nil {
			return "", err
		}
		if _, err := t.Write(text); err != nil {
			return "", err
		}
	}
	if err := errors.Join(t.Close(), z.Close()); err != nil {
		return "", err
	}
	path := filepath.Join(out, name+".tar.gz")
	return path, os.WriteFile(path, b.Bytes(), 0o644)
}

// writeSums writes what sha256sum -c reads.
func writeSums(path string, made []string) error {
	var b strings.Builder
	slices.Sort(made)
	for _, m := range made {
		text, err := os.ReadFile(m)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(text), filepath.Base(m))
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
