package addsource

import (
	"cmp"
	"context"
	"os"
	"sync"
	"time"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/conffiles"
	"logskiff/preview/discover"
)

// Options are what an Engine needs.
type Options struct {
	Files   *conffiles.Files
	DataDir string          // the agent's, absolute: nothing below it is shown
	Browse  func() []string // agent.browse; nil: whoever asks may see all that the process may read
	User    string          // whom the agent runs as, for advice
	Now     func() time.Time
	Root    string        // a folder taken as / when logs are looked for; "" is /
	Watch   time.Duration // between the two looks that show what grows; 0: a second, negative: one look
}

// Engine answers questions about logs. Its methods may be called from any goroutine.
type Engine struct {
	Options
	mu      sync.Mutex // guards what follows
	found   discover.Found
	foundAt time.Time
	looking *look
	plans   []Plan // the latest, oldest first
}

// New returns an Engine.
func New(o Options) *Engine { return &Engine{Options: o} }

// foundFor is how long what was found is taken for what is there.
const foundFor = time.Minute

// look is a search that is under way.
type look struct {
	done  chan struct{}
	found discover.Found
	err   error
}

// Candidate is a log that was found.
type Candidate struct {
	Path       string      `json:"path" doc:"A file, or a glob as in reader.file's paths."`
	Files      int         `json:"files" doc:"How many files it stands for now."`
	Size       int64       `json:"size_bytes" doc:"Of all of them."`
	Growth     int64       `json:"growth_bytes" doc:"What came during the second between two looks."`
	ModifiedAt *time.Time  `json:"modified_at,omitempty" doc:"When it was written last."`
	Readable   bool        `json:"readable" doc:"Whether the agent may read it."`
	Problem    string      `json:"problem,omitempty" doc:"Why not."`
	Advice     string      `json:"advice,omitempty" doc:"The command that changes that."`
	Parser     Suggested   `json:"parser" doc:"The parser that reads it best."`
	Others     []Suggested `json:"others,omitempty" doc:"Parsers that read it less well, the best three."`
	Rotation   string      `json:"rotation,omitempty" doc:"What logrotate does with it."`
	Found      []string    `json:"found" doc:"Why it is here: file and line of a configuration, a process, a known place."`
	FollowedBy []string    `json:"followed_by,omitempty" doc:"Sources that follow it already."`
	Name       string      `json:"name" doc:"A name for a source of it that no other has."`
}

// Format is a parser and its settings.
type Format struct {
	Kind     string `json:"kind" doc:"Kind of the parser."`
	Settings string `json:"settings" doc:"Its settings, as an inline table of TOML."`
}

func (f Format) discovered() discover.Format {
	return discover.Format{Kind: f.Kind, Settings: f.Settings}
}

// Suggested is a parser, and how well it reads a sample.
type Suggested struct {
	Format
	Parsed int    `json:"parsed" doc:"Lines of the sample that it reads."`
	Lines  int    `json:"lines" doc:"Lines of the sample."`
	From   string `json:"from,omitempty" doc:"Where its settings are from, when they were read in a configuration of this host."`
	Preset string `json:"multiline,omitempty" doc:"The preset of multiline that its records need."`
}

func suggested(s discover.Suggestion) Suggested {
	return Suggested{Format: Format{s.Kind, s.Settings}, Parsed: s.Parsed, Lines: s.Lines, From: s.From, Preset: discover.Multiline(s.Kind)}
}

// Candidates lists the logs of this host that may be shown, and when they were looked for. What was found a minute ago or less is
// shown again; two who ask at once wait for the same search.
func (e *Engine) Candidates(ctx context.Context, fresh bool) ([]Candidate, time.Time, error) {
	found, at, err := e.find(ctx, fresh)
	if err != nil {
		return nil, at, err
	}
	followed, taken := e.followed()
	all := []Candidate{}
	for _, l := range found.Logs {
		if e.Browse != nil && e.mayPlan(l.Path, len(l.Files) == 0) != nil {
			continue
		}
		c := Candidate{Path: l.Path, Files: max(1, len(l.Files)), Size: l.Size, Growth: l.Growth, Readable: l.Readable, Problem: l.Problem, Advice: l.Advice,
			Parser: suggested(l.Parser), Found: l.Found, Name: discover.SourceName(l.Path, taken)}
		if !l.Modified.IsZero() {
			t := l.Modified.UTC()
			c.ModifiedAt = &t
		}
		for _, o := range l.Others {
			c.Others = append(c.Others, suggested(o))
		}
		if l.Rotation != nil {
			c.Rotation = l.Rotation.String()
		}
		c.FollowedBy = followed.of(append([]string{l.Path}, l.Files...))
		all = append(all, c)
	}
	return all, at, nil
}

func (e *Engine) find(ctx context.Context, fresh bool) (discover.Found, time.Time, error) {
	e.mu.Lock()
	if !fresh && e.Now().Sub(e.foundAt) < foundFor && !e.foundAt.IsZero() {
		defer e.mu.Unlock()
		return e.found, e.foundAt, nil
	}
	l := e.looking
	if l == nil {
		l = &look{done: make(chan struct{})}
		e.looking = l
		go e.search(l)
	}
	e.mu.Unlock()
	select {
	case <-l.done:
	case <-ctx.Done():
		return discover.Found{}, time.Time{}, ctx.Err()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return l.found, e.foundAt, l.err
}

// searchMost is how long a search may take.
const searchMost = 30 * time.Second

// search outlives who asked for it: the next one who does gets what it finds.
func (e *Engine) search(l *look) {
	ctx, cancel := context.WithTimeout(context.Background(), searchMost)
	defer cancel()
	l.found, l.err = discover.Find(ctx, discover.Options{Root: e.Root, Skip: e.DataDir, Watch: cmp.Or(e.Watch, time.Second), User: e.User})
	e.mu.Lock()
	defer e.mu.Unlock()
	if l.err == nil {
		e.found, e.foundAt = l.found, e.Now()
	}
	e.looking = nil
	close(l.done)
}

// followers are the files that sources read, each with their names.
type followers []follower

type follower struct {
	info   os.FileInfo
	source string
}

// namesLooked is how many names of logs are looked at for a source.
const namesLooked = 20_000

// followed returns what the sources of the configuration follow now, and their names. What cannot be loaded follows nothing.
func (e *Engine) followed() (f followers, taken map[string]bool) {
	taken = map[string]bool{}
	cfg, err := e.Files.Load()
	if err != nil {
		return nil, taken
	}
	for _, s := range cfg.Sources {
		taken[s.Name] = true
		f = append(f, filesOf(s)...)
	}
	return f, taken
}

func filesOf(s conf.Source) (f followers) {
	files := kinds.FilesOf(s.Reader)
	if files == nil {
		return nil
	}
	files.Match(namesLooked, func(_ string, info os.FileInfo) bool {
		f = append(f, follower{info, s.Name})
		return true
	})
	return f
}

// of returns the sources that follow one of the files.
func (f followers) of(paths []string) (names []string) {
	seen := map[string]bool{}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			continue
		}
		for _, one := range f {
			if !seen[one.source] && os.SameFile(info, one.info) {
				seen[one.source] = true
				names = append(names, one.source)
			}
		}
	}
	return names
}
