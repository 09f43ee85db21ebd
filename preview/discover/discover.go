package discover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Options say where to look.
type Options struct {
	Root  string        // a folder taken as /; "" is /
	Skip  string        // a folder of the host that is not searched: our own data
	Watch time.Duration // between the two looks that show what grows; 0: one look
	User  string        // whom to let in where we may not read; "" is logskiff
}

// Log is one log, or several in a row that one glob covers.
type Log struct {
	Path     string       `json:"path"`            // a file, or a glob as in reader.file's paths
	Files    []string     `json:"files,omitempty"` // what a glob stands for now
	Size     int64        `json:"size"`            // bytes, of all files
	Growth   int64        `json:"growth"`          // bytes during the watch, of all files
	Modified time.Time    `json:"modified,omitzero"`
	Readable bool         `json:"readable"`
	Problem  string       `json:"problem,omitempty"` // why it cannot be read
	Advice   string       `json:"advice,omitempty"`  // and the command that changes that
	Parser   Suggestion   `json:"parser"`
	Others   []Suggestion `json:"others,omitempty"` // parsers that read it less well, the best three
	Rotation *Rotation    `json:"rotation,omitempty"`
	Found    []string     `json:"found"` // why it is here: file:line, a process, ...
}

// Note is something found that is no log to follow.
type Note struct {
	Where  string `json:"where"`
	Text   string `json:"note"`
	Advice string `json:"advice,omitempty"`
}

// Found is what a search brought, each sorted by its place.
type Found struct {
	Logs  []Log
	Notes []Note
}

const maxLogs = 1000

// Find looks for the logs of a host. It fails only when ctx ends; what it may not
// read is a finding.
func Find(ctx context.Context, o Options) (Found, error) {
	f := newFinder(o)
	f.nginx()
	f.apache()
	f.logrotate()
	f.known()
	f.processes()
	f.walkLogs()
	if err := f.watch(ctx); err != nil {
		return Found{}, err
	}
	return f.finish(ctx)
}

// finder collects what is found.
type finder struct {
	host
	Options
	blocks  []rotated
	entries []*entry
	byInode map[inode]*entry
	byPath  map[string]*entry
	others  map[string]int64 // sizes of files below /var/log that are not taken for logs
	formats []Format         // of all configurations
	notes   []Note
}

type inode struct{ dev, ino uint64 }

// entry is one file.
type entry struct {
	path       string
	glob       string // the known glob that it was found by
	why        []string
	configured []Format
	info       fs.FileInfo // nil: may not be seen
	growth     int64
}

func newFinder(o Options) *finder {
	o.Root = filepath.Clean(cmp.Or(o.Root, "/"))
	o.User = cmp.Or(o.User, "logskiff")
	return &finder{host: host{o.Root}, Options: o, byInode: map[inode]*entry{}, byPath: map[string]*entry{}, others: map[string]int64{}}
}

func isPermission(err error) bool { return errors.Is(err, fs.ErrPermission) }

func (f *finder) note(where, text, advice string) {
	n := Note{where, text, advice}
	if !slices.Contains(f.notes, n) {
		f.notes = append(f.notes, n)
	}
}

// cannotRead notes a configuration file that says what we do not get to know.
func (f *finder) cannotRead(name string, err error) {
	switch {
	case isPermission(err):
		f.note(name, "may not be read, so the logs it names are not known", "run it as root")
	case errors.Is(err, fs.ErrNotExist):
		f.note(name, "is included, but does not exist", "")
	default:
		f.note(name, "cannot be read: "+err.Error(), "")
	}
}

// add takes a file for a log, if it is one. Files found again, also by a link or
// another name, are joined.
func (f *finder) add(name, why string, configured ...Format) *entry {
	for _, c := range configured {
		if c != noAccessLog && !slices.Contains(f.formats, c) {
			f.formats = append(f.formats, c)
		}
	}
	if f.Skip != "" && (name == f.Skip || strings.HasPrefix(name, f.Skip+"/")) {
		return nil
	}
	e := f.byPath[name]
	if e == nil {
		if e = f.meet(name, why); e == nil {
			return nil
		}
		f.byPath[name] = e
	}
	if !slices.Contains(e.why, why) && (why != underVarLog || len(e.why) == 0) {
		e.why = append(e.why, why)
	}
	for _, c := range configured {
		if !slices.Contains(e.configured, c) {
			e.configured = append(e.configured, c)
		}
	}
	return e
}

// meet returns the entry of a name that is new: that of the same file under
// another name, or a new one; nil when it is no log.
func (f *finder) meet(name, why string) *entry {
	info, err := f.stat(name)
	switch {
	case isPermission(err):
	case errors.Is(err, fs.ErrNotExist):
		f.note(why, "names "+name+", which does not exist yet", "")
		return nil
	case err != nil:
		f.note(why, "names "+name+", which cannot be looked at: "+err.Error(), "")
		return nil
	case info.IsDir():
		return nil
	case !info.Mode().IsRegular():
		f.note(why, "names "+name+", which is not a regular file", "")
		return nil
	case isLedger(path.Base(name)) || f.isBinary(name):
		return nil
	}
	if err == nil {
		id := inodeOf(info)
		if e := f.byInode[id]; e != nil {
			return e
		}
		if len(f.entries) >= maxLogs {
			f.note("here", fmt.Sprintf("there are more than %d logs; the others are not listed", maxLogs), "follow them by globs")
			return nil
		}
		e := &entry{path: name, info: info}
		f.byInode[id] = e
		f.entries = append(f.entries, e)
		return e
	}
	e := &entry{path: name}
	f.entries = append(f.entries, e)
	return e
}

func inodeOf(info fs.FileInfo) inode {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return inode{}
	}
	return inode{uint64(s.Dev), s.Ino}
}

// underVarLog is why a log is here that nothing else names.
const underVarLog = "it lies under /var/log"

// watch looks at all sizes again after a while.
func (f *finder) watch(ctx context.Context) error {
	if f.Watch <= 0 {
		return ctx.Err()
	}
	wait := time.NewTimer(f.Watch)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, e := range f.entries {
		if e.info == nil {
			continue
		}
		if now, err := f.stat(e.path); err == nil && inodeOf(now) == inodeOf(e.info) {
			e.growth = max(0, now.Size()-e.info.Size())
			e.info = now
		}
	}
	for name, size := range f.others {
		if now, err := f.stat(name); err == nil && now.Size() > size {
			if e := f.add(name, "it grows"); e != nil {
				e.growth = now.Size() - size
			}
		}
	}
	return nil
}

func (f *finder) finish(ctx context.Context) (Found, error) {
	slices.SortFunc(f.entries, func(a, b *entry) int { return strings.Compare(a.path, b.path) })
	d := NewDetector(f.formats...)
	var found Found
	for _, e := range f.entries {
		if err := ctx.Err(); err != nil {
			return Found{}, err
		}
		found.Logs = append(found.Logs, f.log(e, d))
	}
	found.Logs = f.group(found.Logs)
	slices.SortStableFunc(f.notes, func(a, b Note) int { return strings.Compare(a.Where, b.Where) })
	found.Notes = f.notes
	return found, nil
}

// log makes a finding of one file.
func (f *finder) log(e *entry, d *Detector) Log {
	l := Log{Path: e.path, Growth: e.growth, Found: e.why, Rotation: f.rotation(e.path)}
	if e.info != nil {
		l.Size, l.Modified = e.info.Size(), e.info.ModTime()
	}
	s, err := f.sample(e.path)
	if err != nil {
		l.Problem = problem(err)
		l.Advice = f.advice(e.path)
	}
	l.Readable = err == nil
	all := d.Suggest(e.path, s, e.configured...)
	l.Parser, l.Others = all[0], all[1:min(len(all), 4)]
	return l
}

func problem(err error) string {
	if isPermission(err) {
		return "permission denied"
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// group replaces logs that a glob covers by one finding.
func (f *finder) group(logs []Log) []Log {
	globs := map[string]string{}
	for _, e := range f.entries {
		if e.glob != "" {
			globs[e.path] = e.glob
		}
	}
	return group(logs, func(l Log) string { return globs[l.Path] }, func(dir string) []string {
		names := f.names(dir)
		for i, n := range names {
			names[i] = path.Join(dir, n)
		}
		return names
	})
}
