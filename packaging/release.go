package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// release is what is built: which version, from which commit.
type release struct {
	Version string // semantic version: 1.2.3, 1.2.3+5.g0123456789ab, 0.0.0-dev+g0123456789ab
	Commit  string // whole hash
	Date    time.Time
}

// describe asks git. A tag v1.2.3 on the commit makes 1.2.3, one five commits
// before it 1.2.3+5.g…, none at all 0.0.0-dev+g…; sources that are not those of the
// commit add .changes. given, if not empty, replaces all that.
func describe(given string) (release, error) {
	var r release
	commit, err := git("rev-parse", "HEAD")
	if err != nil {
		return r, err
	}
	date, err := git("show", "-s", "--format=%cI", "HEAD")
	if err != nil {
		return r, err
	}
	at, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return r, fmt.Errorf("cannot read the commit's date: %w", err)
	}
	r = release{Version: given, Commit: commit, Date: at.UTC()}
	if given == "" {
		said, err := git("describe", "--tags", "--long", "--abbrev=12", "--match", "v[0-9]*")
		if err != nil {
			said = ""
		}
		changed, err := git("status", "--porcelain", "--untracked-files=no")
		if err != nil {
			return r, err
		}
		r.Version = versionOf(said, commit, changed != "")
	}
	if !semantic.MatchString(r.Version) {
		return r, fmt.Errorf("%q is not a semantic version: packages could not be compared", r.Version)
	}
	return r, nil
}

var (
	described = regexp.MustCompile(`^v(.+)-([0-9]+)-(g[0-9a-f]+)$`)
	semantic  = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?(\+[0-9A-Za-z.]+)?$`)
)

// versionOf makes a version of what git describe --long said, "" if there is no tag.
func versionOf(said, commit string, changed bool) string {
	version, more := "0.0.0-dev", []string{"g" + commit[:12]}
	if m := described.FindStringSubmatch(said); m != nil {
		version, more = m[1], []string{m[2], m[3]}
		if m[2] == "0" {
			more = nil
		}
	}
	if changed {
		more = append(more, "changes")
	}
	if len(more) == 0 {
		return version
	}
	return version + "+" + strings.Join(more, ".")
}

// apkVersion says the same in the words that apk can compare:
// https://wiki.alpinelinux.org/wiki/APKBUILD_Reference#pkgver
func (r release) apkVersion() string {
	number, more, _ := strings.Cut(r.Version, "+")
	number, before, early := strings.Cut(number, "-")
	switch {
	case early && before == "dev":
		return number + "_git" + r.Date.Format("20060102")
	case early:
		digits := strings.TrimLeft(before, "abcdefghijklmnopqrstuvwxyz.")
		return number + "_rc" + digits
	case more != "":
		return number + "_git" + r.Date.Format("20060102150405")
	}
	return number
}

func git(args ...string) (string, error) {
	out, err := exec.Command("git", args...).Output()
	if err != nil {
		return "", fmt.Errorf("cannot ask git %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
