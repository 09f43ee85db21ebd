package addsource

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/conffiles"
	"logskiff/preview/discover"
)

// Plan is what would be written for a wish, and what would happen. What is saved is its text, byte for byte.
type Plan struct {
	ID       string    `json:"id" doc:"Names the plan when it is saved; the last 32 plans are kept."`
	Source   string    `json:"source" doc:"Name of the source."`
	File     string    `json:"file" doc:"The file that would be written."`
	New      bool      `json:"new" doc:"There is no such file yet."`
	ETag     string    `json:"etag" doc:"Of the file as it is now; empty when there is none."`
	Text     string    `json:"text" doc:"What would stand in it."`
	Diff     string    `json:"diff" doc:"How it changes, line by line, without secrets."`
	ByHand   bool      `json:"hand_written" doc:"A person wrote or changed what is there now."`
	Mistakes []Wrong   `json:"mistakes" doc:"What is wrong with it; it cannot be saved with any."`
	Files    []LogFile `json:"files" doc:"The first 100 files that it would follow now."`
	Matched  int       `json:"matched_files" doc:"How many there are."`
	Bytes    int64     `json:"bytes_to_send" doc:"What is there of them now and would be sent first."`
	Denied   int       `json:"unreadable_files" doc:"How many of them cannot be read."`
	Notes    []string  `json:"notes" doc:"What its writer may not have meant."`
	Command  string    `json:"command" doc:"The command line that does the same."`
}

// Wrong is one thing that is wrong with a configuration.
type Wrong struct {
	File    string `json:"file,omitempty" doc:"The file."`
	Line    int    `json:"line,omitempty" doc:"Counted from 1."`
	Column  int    `json:"column,omitempty" doc:"In characters, counted from 1."`
	Message string `json:"message" doc:"What is wrong."`
	Advice  string `json:"advice,omitempty" doc:"What to do."`
	Text    string `json:"text" doc:"All of it as a terminal shows it."`
}

// LogFile is a file that would be followed.
type LogFile struct {
	Path     string    `json:"path" doc:"Its name."`
	Size     int64     `json:"size_bytes" doc:"Its size."`
	Modified time.Time `json:"modified_at" doc:"When it was written last."`
	Problem  string    `json:"problem,omitempty" doc:"Why it cannot be read."`
	Advice   string    `json:"advice,omitempty" doc:"The command that changes that."`
}

// plansKept is how many plans may wait to be saved.
const plansKept = 32

// filesShown is how many files a plan names.
const filesShown = 100

// Plan works out what would be written for a wish, and what would happen. It fails when there can be no such file at all; what is wrong with the
// configuration is in the plan.
func (e *Engine) Plan(ctx context.Context, w Wish) (Plan, error) {
	if err := e.check(&w); err != nil {
		return Plan{}, err
	}
	file, err := e.Files.Path(w.Name)
	if err != nil {
		return Plan{}, err
	}
	cfg, err := e.Files.Load()
	if err != nil {
		return Plan{}, err
	}
	if i := slices.IndexFunc(cfg.Sources, func(s conf.Source) bool { return s.Name == w.Name && s.File != file }); i >= 0 {
		return Plan{}, fmt.Errorf("there is a source %q already, at %s:%d; take another name", w.Name, cfg.Sources[i].File, cfg.Sources[i].Line)
	}
	now, err := conffiles.Read(file)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Source: w.Name, File: file, New: now == "", ETag: conffiles.ETag(now), ByHand: now != "" && !conffiles.Sealed(now), Mistakes: []Wrong{}, Files: []LogFile{}, Notes: []string{},
		Command: w.command(e.named())}
	p.Text = e.Files.Seal(w.text(e.why(ctx, w), linked(w.Paths)))
	p.Diff = e.Files.Diff(file, now, p.Text)
	change := conf.Change{File: file, Text: p.Text}
	checked, err := e.Files.Check(change)
	p.Mistakes = mistakesOf(err)
	if err == nil {
		i := slices.IndexFunc(checked.Sources, func(s conf.Source) bool { return s.Name == w.Name })
		if i < 0 {
			return Plan{}, fmt.Errorf("%s would not be read: no pattern of include matches it", file)
		}
		e.happens(&p, checked, checked.Sources[i], w.StartAt == "beginning")
	}
	id := make([]byte, 8)
	rand.Read(id) //nolint:errcheck // it never fails
	p.ID = hex.EncodeToString(id)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.plans = append(e.plans, p)
	e.plans = e.plans[max(0, len(e.plans)-plansKept):]
	return p, nil
}

// named is the main file where the command line would not find it by itself.
func (e *Engine) named() string {
	if e.Files.Main == "/etc/logskiff/logskiff.toml" {
		return ""
	}
	return e.Files.Main
}

// Planned returns a plan that is kept.
func (e *Engine) Planned(id string) (Plan, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.IndexFunc(e.plans, func(p Plan) bool { return p.ID == id })
	if i < 0 {
		return Plan{}, false
	}
	return e.plans[i], true
}

// Edit is the change that makes a plan real. etag is that of the file as it was shown.
func (p Plan) Edit(etag string, handWritten bool) conffiles.Edit {
	return conffiles.Edit{File: p.File, Text: p.Text, Match: etag, HandWritten: handWritten}
}

// why says, in comments, what was found out about the logs of a wish.
func (e *Engine) why(ctx context.Context, w Wish) (say []string) {
	name, plain := plainPath(w.Paths[0])
	if plain && w.Parser.Kind != "raw" {
		s := Sample{Path: name, Parser: w.Parser, Multiline: w.Multiline}
		if p, err := e.Preview(ctx, s); err == nil && p.Parser.Lines > 0 {
			say = append(say, fmt.Sprintf("%s read %d of the last %d lines of %s.", w.Parser.Kind, p.Parser.Parsed, p.Parser.Lines, name))
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.found.Logs {
		if l.Path != name && l.Path != w.Paths[0] {
			continue
		}
		say = append(say, "Found: "+strings.Join(l.Found[:min(3, len(l.Found))], ", ")+".")
		if l.Rotation != nil {
			say = append(say, "logrotate ("+l.Rotation.Where+"): "+l.Rotation.String()+".")
		}
	}
	return say
}

// linked says whether a path leads over a symbolic link now, so that links have to be followed to read it.
func linked(paths []string) bool {
	return slices.ContainsFunc(matched(paths, 1000), func(name string) bool {
		info, err := os.Lstat(name)
		return err == nil && info.Mode()&os.ModeSymlink != 0
	})
}

// happens fills in what would happen.
func (e *Engine) happens(p *Plan, cfg *conf.Config, s conf.Source, whole bool) {
	files := kinds.FilesOf(s.Reader)
	var others followers
	for _, o := range cfg.Sources {
		if o.Name != s.Name {
			others = append(others, filesOf(o)...)
		}
	}
	told := map[string]bool{}
	files.Match(namesLooked, func(path string, info os.FileInfo) bool {
		p.Matched++
		one := LogFile{Path: path, Size: info.Size(), Modified: info.ModTime().UTC()}
		f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			p.Denied++
			one.Problem = "cannot be read"
			if errors.Is(err, os.ErrPermission) {
				one.Problem, one.Advice = "permission denied", discover.Advice(path, e.User)
			}
		} else if whole {
			p.Bytes += info.Size()
		}
		if e.Browse != nil {
			if resolved, err := filepath.EvalSymlinks(path); err == nil && e.mayShow(resolved) == "" {
				p.Mistakes = append(p.Mistakes, Wrong{Message: path + " leads to where agent.browse lets nobody look", Text: path + ": " + ErrNotShown.Error()})
			}
		}
		for _, name := range others.of([]string{path}) {
			if !told[name] {
				told[name] = true
				p.Notes = append(p.Notes, fmt.Sprintf("source %s reads %s, too; each sends all of its lines", name, path))
			}
		}
		if len(p.Files) < filesShown {
			p.Files = append(p.Files, one)
		}
		return true
	})
	if p.Matched == 0 {
		p.Notes = append(p.Notes, "no file is matched now; what appears later is read from its beginning")
		for _, path := range files.Patterns() {
			if info, err := os.Stat(path); err == nil && info.IsDir() && !conf.IsGlob(path) {
				p.Notes = append(p.Notes, fmt.Sprintf("%s is a folder; write %s/*.log for the files in it", path, path))
			}
		}
	}
	if os.Geteuid() == 0 && e.User != "" && e.User != "root" {
		p.Notes = append(p.Notes, fmt.Sprintf("what can be read was tried as root; an agent that runs as %s may see less", e.User))
	}
}

// mistakesOf says what is wrong, each with its place where that is known.
func mistakesOf(err error) []Wrong {
	all := []Wrong{}
	var found conf.Errors
	switch {
	case err == nil:
	case errors.As(err, &found):
		for _, one := range found {
			all = append(all, Wrong{File: one.File, Line: one.Line, Column: one.Col, Message: one.Msg, Advice: one.Hint, Text: one.Error()})
		}
	default:
		all = append(all, Wrong{Message: err.Error(), Text: err.Error()})
	}
	return all
}

// Mistakes is what is wrong in an error of conffiles, nil when it is none of a configuration.
func Mistakes(err error) []Wrong {
	var found conf.Errors
	if !errors.As(err, &found) {
		return nil
	}
	return mistakesOf(err)
}
