package kinds

import (
	"os"

	"logskiff/conf"
	"logskiff/readers"
	"logskiff/readers/lines"
)

// What is asked of a reader's settings before there is a reader, by who knows no kind. Settings answer by having the
// methods; those of other kinds have none of them.

// Files are settings of a reader that reads files of this host.
type Files interface {
	// Patterns returns the absolute globs of its files.
	Patterns() []string
	// Match calls yield for each file that is there and would be read, until yield returns false or so many names were met.
	Match(most int, yield func(path string, info os.FileInfo) bool)
}

// brings are settings of a reader that knows fields of a record beside its text (record.Brought).
type brings interface {
	// Brings returns the names of all that it can bring. false: there can be others.
	Brings() (names []string, fixed bool)
}

// FilesOf returns the settings of a reader if it reads files; nil: it does not.
func FilesOf(p conf.Plugin) Files {
	f, _ := p.Settings.(Files)
	return f
}

// Mover are settings of a reader whose cursors a person can put elsewhere.
type Mover interface {
	// Move returns the checkpoint of a stream that nobody reads, with its cursor put at a place, or says why it cannot be put there.
	Move(c readers.Checkpoint, to readers.Place) (readers.Checkpoint, error)
}

// MoverOf returns the settings of a reader if its cursors can be put elsewhere; nil: they cannot.
func MoverOf(p conf.Plugin) Mover {
	m, _ := p.Settings.(Mover)
	return m
}

// LinesOf returns how a reader cuts text into records; false: it does not say so in its settings.
func LinesOf(p conf.Plugin) (lines.Settings, bool) {
	if c, ok := p.Settings.(interface{ Lines() lines.Settings }); ok {
		return c.Lines(), true
	}
	return lines.Settings{}, false
}
