package agent

import (
	"fmt"
	"os"
	"syscall"

	"logskiff/conf"
	"logskiff/kinds"
)

// namesLooked is how many names of logs `check` looks at for a source.
const namesLooked = 20_000

// fileID names a file on this host.
type fileID struct{ dev, ino uint64 }

func idOf(i os.FileInfo) (fileID, bool) {
	st, ok := i.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, false
	}
	return fileID{uint64(st.Dev), st.Ino}, true //nolint:unconvert // 32 bits on some systems
}

// Notes says what a good configuration does that its writer may not have meant: a folder is
// named where files are wanted, two sources read one file, or a template names a fact and a field.
func Notes(cfg *conf.Config) []string {
	var notes []string
	type reader struct{ source, path string }
	read := map[fileID]reader{}
	told := map[[2]string]bool{}
	for _, s := range cfg.Sources {
		for _, name := range kinds.TwinNames(s) {
			notes = append(notes, fmt.Sprintf("%s:%d: source %q: {%s} in a template is what the agent knows of a record, not the field of that name which parser.%s makes; write {fields.%s} if that is meant",
				s.File, s.Line, s.Name, name, s.Parser.Kind, name))
		}
		files := kinds.FilesOf(s.Reader)
		if files == nil {
			continue
		}
		for _, p := range files.Patterns() {
			if i, err := os.Stat(p); err == nil && i.IsDir() && !conf.IsGlob(p) {
				notes = append(notes, fmt.Sprintf("%s:%d: source %q: %s is a folder, so nothing is read there; write %s/*.log for the files in it, or %s/**/*.log for all below it",
					s.File, s.Line, s.Name, p, p, p))
			}
		}
		files.Match(namesLooked, func(path string, info os.FileInfo) bool {
			id, ok := idOf(info)
			if !ok {
				return true
			}
			other, again := read[id]
			switch {
			case !again:
				read[id] = reader{s.Name, path}
			case other.source != s.Name && !told[[2]string{other.source, s.Name}]:
				told[[2]string{other.source, s.Name}] = true
				name := path
				if other.path != path {
					name += " (there " + other.path + ")"
				}
				notes = append(notes, fmt.Sprintf("%s:%d: source %q reads files that source %q reads, too: %s; each sends all of its lines. Use exclude in one of them if that is not meant",
					s.File, s.Line, s.Name, other.source, name))
			}
			return true
		})
	}
	return notes
}
