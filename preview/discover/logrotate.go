package discover

import (
	"fmt"
	"path"
	"strings"

	"logskiff/conf"
)

// Rotation is what logrotate does with a log (logrotate(8)).
type Rotation struct {
	Mode     string `json:"mode"`               // create, nocreate, copytruncate, copy
	Compress bool   `json:"compress,omitempty"` // rotated files are packed
	Delay    bool   `json:"delay,omitempty"`    // the newest of them not yet
	OldDir   string `json:"olddir,omitempty"`   // where they go, "" for the same folder
	Where    string `json:"where"`              // file:line of the block
}

func (r Rotation) String() string {
	s := r.Mode
	switch {
	case r.Compress && r.Delay:
		s += ", compress later"
	case r.Compress:
		s += ", compress"
	}
	if r.OldDir != "" {
		s += ", olddir " + r.OldDir
	}
	return s
}

// rotated is one block of logrotate's configuration.
type rotated struct {
	patterns []string
	Rotation
}

// logrotateConf reads logrotate.conf and what it includes. Directives outside a
// block hold for the blocks after them.
type logrotateConf struct {
	*finder
	defaults Rotation
	blocks   []rotated
	files    int
}

func (f *finder) logrotate() {
	const main = "/etc/logrotate.conf"
	l := &logrotateConf{finder: f, defaults: Rotation{Mode: "create"}}
	if _, err := f.stat(main); err == nil || isPermission(err) {
		l.file(main)
	}
	const dir = "/etc/logrotate.d" // packages put files there, whoever reads them
	if _, err := f.stat(dir); err == nil && l.files == 0 {
		l.include(dir)
	}
	f.blocks = l.blocks
	for _, b := range l.blocks {
		for _, pattern := range b.patterns {
			for _, name := range f.glob(pattern) {
				if _, err := f.stat(name); err == nil || isPermission(err) {
					f.add(name, b.Where)
				}
			}
		}
	}
}

// rotation returns what logrotate does with a file.
func (f *finder) rotation(name string) *Rotation {
	for i := range f.blocks {
		for _, pattern := range f.blocks[i].patterns {
			if conf.MatchPath(pattern, name) {
				return &f.blocks[i].Rotation
			}
		}
	}
	return nil
}

func (l *logrotateConf) include(name string) {
	info, err := l.stat(name)
	if err != nil || !info.IsDir() {
		l.file(name)
		return
	}
	for _, inner := range l.names(name) {
		if !isTaboo(inner) {
			l.file(path.Join(name, inner))
		}
	}
}

// isTaboo says whether logrotate passes over a file of that name in a folder
// (tabooext in logrotate(8)).
func isTaboo(name string) bool {
	for _, ext := range []string{",v", ".bak", ".cfsaved", ".disabled", ".dpkg-bak", ".dpkg-del", ".dpkg-dist", ".dpkg-new", ".dpkg-old",
		".dpkg-tmp", ".ignore", ".new", ".old", ".orig", ".rhn-cfg-tmp-*", ".rpmnew", ".rpmorig", ".rpmsave", ".swp", ".ucf-dist", ".ucf-new", ".ucf-old", "~"} {
		if strings.HasSuffix(name, ext) {
			return true
		}
	}
	return strings.HasPrefix(name, ".")
}

func (l *logrotateConf) file(name string) {
	if l.files >= maxConfs {
		return
	}
	text, err := l.text(name)
	if err != nil {
		l.cannotRead(name, err)
		return
	}
	l.files++
	number, script := 0, false
	var block *rotated // the one under way
	open := false      // its brace has come
	for line := range strings.Lines(text) {
		number++
		words := apacheWords(strings.TrimSpace(line))
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
		case script:
			script = words[0] != "endscript"
		case isScript(words[0]):
			script = true
		case open && words[0] == "}":
			l.blocks = append(l.blocks, *block)
			block, open = nil, false
		case open:
			block.set(words)
		case path.IsAbs(words[0]) || block != nil:
			if block == nil {
				block = &rotated{Rotation: l.defaults}
				block.Where = fmt.Sprintf("%s:%d", name, number)
			}
			open = block.name(words)
		case words[0] == "include" && len(words) > 1:
			l.include(words[1])
		default:
			l.defaults.set(words)
		}
	}
}

// name takes the patterns before a block and reports whether the block begins.
func (b *rotated) name(words []string) (opens bool) {
	for _, w := range words {
		w, opens = strings.CutSuffix(w, "{")
		if w != "" {
			b.patterns = append(b.patterns, w)
		}
		if opens {
			break
		}
	}
	return opens
}

func isScript(word string) bool {
	switch word {
	case "prerotate", "postrotate", "firstaction", "lastaction", "preremove":
		return true
	}
	return false
}

func (r *Rotation) set(words []string) {
	switch words[0] {
	case "create", "copytruncate", "nocreate", "copy":
		r.Mode = words[0]
	case "renamecopy":
		r.Mode = "copy"
	case "nocopytruncate", "nocopy":
		r.Mode = "create"
	case "compress":
		r.Compress = true
	case "nocompress":
		r.Compress = false
	case "delaycompress":
		r.Delay = true
	case "nodelaycompress":
		r.Delay = false
	case "olddir":
		if len(words) > 1 {
			r.OldDir = words[1]
		}
	case "noolddir":
		r.OldDir = ""
	}
}
