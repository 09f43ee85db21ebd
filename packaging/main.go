// Command packaging builds what is released: deb, rpm, apk and tar.gz packages for
// amd64 and arm64 from nfpm.yaml, their checksums, and a bill of materials for each
// binary. The same commit makes the same bytes. It is run by `make packages`.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	out := flag.String("out", "dist", "`FOLDER` to build into, below the repository's root")
	root := flag.String("root", ".", "`FOLDER` of the repository")
	version := flag.String("version", "", "`VERSION` instead of what the git tag says")
	archs := flag.String("arch", "amd64,arm64", "`ARCHITECTURES` to build for")
	formats := flag.String("formats", "deb,rpm,apk,tar.gz", "`FORMATS` to build")
	flag.Parse()
	if err := build(*root, *out, *version, strings.Split(*archs, ","), strings.Split(*formats, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "packaging:", err)
		os.Exit(1)
	}
}

// build makes the packages; root is the repository, which becomes the working folder.
func build(root, out, version string, archs, formats []string) error {
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	if err := os.Chdir(root); err != nil { // nfpm.yaml names files from here
		return err
	}
	release, err := describe(version)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	stage, err := os.MkdirTemp("", "logskiff-packaging-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	// The manual and the completions are printed by a binary that runs here.
	host := filepath.Join(stage, "host")
	if err := compile(release, runtime.GOARCH, host); err != nil {
		return err
	}
	var made []string
	for _, arch := range archs {
		dir := filepath.Join(stage, arch)
		if err := prepare(dir, arch, host, release); err != nil {
			return err
		}
		for _, format := range formats {
			path, err := pack(format, out, dir, arch, release)
			if err != nil {
				return fmt.Errorf("cannot make the %s for %s: %w", format, arch, err)
			}
			made = append(made, path)
		}
		sbom := filepath.Join(out, fmt.Sprintf("logskiff_%s_linux_%s.cdx.json", release.Version, arch))
		if err := writeSBOM(filepath.Join(dir, "logskiff"), sbom, release); err != nil {
			return fmt.Errorf("cannot write the bill of materials for %s: %w", arch, err)
		}
		made = append(made, sbom)
	}
	if err := writeSums(filepath.Join(out, "SHA256SUMS"), made); err != nil {
		return err
	}
	for _, path := range made {
		fmt.Println(path)
	}
	return nil
}

// pack makes one package below out and returns its path.
func pack(format, out, stage, arch string, r release) (string, error) {
	switch format {
	case "deb", "rpm", "apk":
		return packNative(format, out, stage, arch, r)
	case "tar.gz":
		return packTar(out, stage, arch, r)
	}
	return "", errors.New("no such format; there are deb, rpm, apk, tar.gz")
}
