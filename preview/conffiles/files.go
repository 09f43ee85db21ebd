package conffiles

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"logskiff/conf"
)

// Files are those of one configuration.
type Files struct {
	Main  string           // its main file
	Kinds conf.Kinds       // what exists
	Now   func() time.Time // the wall clock, for what is written into files
	// Check loads the configuration with a change made, and says what is wrong with it, as conf.Errors where a place is known.
	Check func(conf.Change) (*conf.Config, error)
}

// Place is where a source is written.
type Place struct {
	File string // as it is opened
	Line int    // counted from 1
	Text string // of the whole file
	ETag string // of Text
	Ours bool   // this package wrote it, and nobody changed it since
	Only bool   // nothing else is written there
}

// ErrUnknown says that there is no source of a name.
var ErrUnknown = errors.New("there is no such source")

// ErrNoFolder says that the main file includes no folder that files can be put into.
var ErrNoFolder = errors.New(`the configuration includes no folder of files; write include = ["conf.d/*.toml"] below [agent]`)

// Load returns the configuration as it is now.
func (f *Files) Load() (*conf.Config, error) { return conf.Load(f.Main, f.Kinds) }

// Find returns where a source is written. The error is ErrUnknown, or says why the configuration cannot be read.
func (f *Files) Find(source string) (Place, error) {
	cfg, err := f.Load()
	if err != nil {
		return Place{}, err
	}
	i := slices.IndexFunc(cfg.Sources, func(s conf.Source) bool { return s.Name == source })
	if i < 0 {
		return Place{}, fmt.Errorf("%w: %s", ErrUnknown, source)
	}
	s := cfg.Sources[i]
	text, err := Read(s.File)
	if err != nil {
		return Place{}, err
	}
	return Place{File: s.File, Line: s.Line, Text: text, ETag: ETag(text), Ours: Sealed(text), Only: conf.OnlySource(text, source)}, nil
}

// Path returns the file that a new source of that name is written to. The error is ErrNoFolder, or says that something else
// is written there.
func (f *Files) Path(source string) (string, error) {
	cfg, err := f.Load()
	if err != nil {
		return "", err
	}
	dir := ""
	for _, pattern := range cfg.Agent.Include {
		if base := filepath.Base(pattern); base == "*.toml" && !conf.IsGlob(filepath.Dir(pattern)) {
			dir = filepath.Dir(pattern)
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(filepath.Dir(f.Main), dir)
			}
			break
		}
	}
	if dir == "" {
		return "", fmt.Errorf("%s: %w", f.Main, ErrNoFolder)
	}
	file := filepath.Join(dir, source+".toml")
	if text, err := Read(file); err == nil && text != "" && !conf.OnlySource(text, source) {
		return "", fmt.Errorf("%s is there already, and holds something else; take another name", file)
	}
	return file, nil
}

// ETag names a text; "" is a file that is not there.
func ETag(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

const sealMark = "# Written by logskiff at "

// Seal returns the text with a first line that says when it was written, and tells later whether somebody changed it.
func (f *Files) Seal(text string) string {
	if strings.HasPrefix(text, sealMark) {
		_, text, _ = strings.Cut(text, "\n")
	}
	return fmt.Sprintf("%s%s, seal %s. Change it as you like: it is yours then.\n%s", sealMark, f.Now().UTC().Format("2006-01-02 15:04 UTC"), sealOf(text), text)
}

// Sealed says whether a text is as Seal made it.
func Sealed(text string) bool {
	first, rest, _ := strings.Cut(text, "\n")
	_, behind, ok := strings.Cut(first, ", seal ")
	return ok && strings.HasPrefix(first, sealMark) && strings.HasPrefix(behind, sealOf(rest)+".")
}

func sealOf(text string) string {
	sum := sha256.Sum256([]byte("logskiff\x00" + text))
	return hex.EncodeToString(sum[:8])
}

// most is how long a file of a configuration may be.
const most = 16 << 20

// Read returns what a regular file holds, "" where there is none.
func Read(name string) (string, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err == nil && (!info.Mode().IsRegular() || info.Size() > most) {
		err = fmt.Errorf("%s is no file of a configuration", name)
	}
	if err != nil {
		return "", fmt.Errorf("cannot read what is there now: %w", err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("cannot read what is there now: %w", err)
	}
	return string(text), nil
}

// Entry is a source of the configuration.
type Entry struct {
	conf.Source
	Ours bool // its file was written by this package, and nobody changed it since
}

// List returns the sources by their names.
func (f *Files) List() ([]Entry, error) {
	cfg, err := f.Load()
	if err != nil {
		return nil, err
	}
	ours := map[string]bool{}
	var all []Entry
	for _, s := range cfg.Sources {
		known, seen := ours[s.File]
		if !seen {
			text, err := Read(s.File)
			if err != nil {
				return nil, err
			}
			known = Sealed(text)
			ours[s.File] = known
		}
		all = append(all, Entry{s, known})
	}
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}
