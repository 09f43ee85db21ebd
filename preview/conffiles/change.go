package conffiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"logskiff/conf"
)

// Edit is a change to one file.
type Edit struct {
	File  string
	Text  string // all of it, with its seal
	Gone  bool   // the file is taken away; Text is not used
	Match string // ETag of what is to be changed, "" for a file that is not there
	// HandWritten says that a person wants it although a person wrote what is there, whose difference they were shown.
	HandWritten bool
}

// Stale says that what is there is not what was to be changed.
type Stale struct {
	ETag string // of what is there
	Diff string // from what is there to what was wanted, without secrets
}

func (e *Stale) Error() string {
	return "the file is another one than the one that was to be changed"
}

// HandWritten says that a person wrote what is there.
type HandWritten struct{ File, Diff string }

func (e *HandWritten) Error() string {
	return e.File + " was written or changed by hand"
}

// Refused says that the agent that runs did not take it. The files are as they were.
type Refused struct{ Err error }

func (e *Refused) Error() string {
	return "it was taken back, since the agent refused it: " + e.Err.Error()
}
func (e *Refused) Unwrap() error { return e.Err }

// Apply makes a change: it checks it, writes it, and has reload take it, if that is not nil; what reload refuses is put back. The error is *Stale,
// *HandWritten, conf.Errors, *Refused, or says what could not be done.
func (f *Files) Apply(e Edit, reload func() error) (err error) {
	unlock, err := lock(filepath.Dir(e.File))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	now, err := Read(e.File)
	if err != nil {
		return err
	}
	if ETag(now) != e.Match {
		return &Stale{ETag: ETag(now), Diff: f.Diff(e.File, now, e.Wanted())}
	}
	if now != "" && !Sealed(now) && !e.HandWritten {
		return &HandWritten{e.File, f.Diff(e.File, now, e.Wanted())}
	}
	if _, err := f.Check(conf.Change{File: e.File, Text: e.Text, Gone: e.Gone}); err != nil {
		return err
	}
	before, err := readUndo(e.File)
	if err != nil {
		return err
	}
	if err := write(undoName(e.File), now); err != nil {
		return fmt.Errorf("cannot keep what is there now: %w", err)
	}
	if err := put(e.File, e.Wanted()); err != nil {
		return fmt.Errorf("cannot write it: %w", err)
	}
	if reload == nil {
		return nil
	}
	if refused := reload(); refused != nil {
		back := put(e.File, now)
		if before != nil {
			back = errors.Join(back, write(undoName(e.File), *before))
		} else {
			back = errors.Join(back, remove(undoName(e.File)))
		}
		if back != nil {
			return fmt.Errorf("cannot take back what the agent refused (%w): %w", refused, back)
		}
		return &Refused{refused}
	}
	return nil
}

// Wanted is what the file is to hold, "" for nothing.
func (e Edit) Wanted() string {
	if e.Gone {
		return ""
	}
	return e.Text
}

// put makes a file hold a text, or takes it away for "".
func put(name, text string) error {
	if text == "" {
		return remove(name)
	}
	return write(name, text)
}

// undoName is where the text before the last change of a file is kept: no pattern of files matches a dot. It is empty
// when there was no file.
func undoName(file string) string {
	return filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".undo")
}

// readUndo returns nil when nothing is kept.
func readUndo(file string) (*string, error) {
	if _, err := os.Lstat(undoName(file)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	text, err := Read(undoName(file))
	if err != nil {
		return nil, err
	}
	return &text, nil
}

// ErrNothingToUndo says that no change of a file is known, or that it was undone by hand.
var ErrNothingToUndo = errors.New("there is nothing to undo")

// Undo returns the edit that puts back what a file was before its last change. Made twice it changes nothing.
func (f *Files) Undo(file string) (Edit, error) {
	before, err := readUndo(file)
	if err != nil {
		return Edit{}, err
	}
	now, err := Read(file)
	if err != nil {
		return Edit{}, err
	}
	if before == nil || *before == now {
		return Edit{}, fmt.Errorf("%s: %w", file, ErrNothingToUndo)
	}
	return Edit{File: file, Text: *before, Gone: *before == "", Match: ETag(now)}, nil
}

// Pause returns the edit that pauses a source, or has it go on.
func (f *Files) Pause(source string, paused bool) (Edit, error) {
	at, err := f.Find(source)
	if err != nil {
		return Edit{}, err
	}
	text, err := conf.SetPaused(at.Text, source, paused)
	if err != nil {
		return Edit{}, fmt.Errorf("cannot change %s: %w", at.File, err)
	}
	if at.Ours && text != at.Text {
		text = f.Seal(text)
	}
	return Edit{File: at.File, Text: text, Match: at.ETag}, nil
}

// Remove returns the edit that takes a source away. It fails where something else is written in its file.
func (f *Files) Remove(source string) (Edit, error) {
	at, err := f.Find(source)
	if err != nil {
		return Edit{}, err
	}
	if !at.Only {
		return Edit{}, fmt.Errorf("%s:%d: more than this source is written there; take it out by hand, then logskiff reload", at.File, at.Line)
	}
	return Edit{File: at.File, Gone: true, Match: at.ETag}, nil
}
