package command

import (
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Set by release builds: -ldflags "-X logskiff/command.release=1.2.3", and so .commit and .date.
// What is not set comes from what the go command notes in a binary.
var (
	release = ""
	commit  = ""
	date    = "" // of the commit, RFC 3339
)

// build says what a binary was built from.
type build struct {
	version string
	commit  string // "" when it was built outside a repository
	date    string
	changed bool // the sources were not those of the commit
}

func builtFrom() build {
	b := build{version: release, commit: commit, date: date}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.fill(info)
	}
	if b.version == "" || b.version == "(devel)" {
		b.version = "0.0.0-dev"
	}
	return b
}

func (b *build) fill(info *debug.BuildInfo) {
	if b.version == "" {
		b.version = strings.TrimPrefix(info.Main.Version, "v")
	}
	if b.commit != "" {
		return
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value
		case "vcs.time":
			b.date = s.Value
		case "vcs.modified":
			b.changed = s.Value == "true"
		}
	}
}

// String is the version in one word, for logs and the User-Agent.
func (b build) String() string {
	v, short := b.version, b.commit[:min(12, len(b.commit))]
	if release == "" && short != "" && !strings.Contains(v, short) {
		v += "-" + short
	}
	if b.changed && !strings.Contains(v, "+") {
		v += "+changes"
	}
	return v
}

func version(*flag.FlagSet) action {
	return func(rest []string) int {
		if len(rest) > 0 {
			return usageError("version", "it takes no argument")
		}
		b := builtFrom()
		from := "no commit is known"
		if b.commit != "" {
			from = strings.TrimSpace("commit " + b.commit + " " + b.date)
		}
		if b.changed {
			from += ", with changes"
		}
		fmt.Printf("logskiff %s (%s) %s %s/%s\n", b, from, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return exitOK
	}
}
