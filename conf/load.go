package conf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
)

const maxFile = 16 << 20

// Load reads the configuration file path and the files it includes. When what
// they hold is wrong, the error is Errors, with everything that is; other errors
// say why path cannot be read at all. Includes are relative to the folder of path.
func Load(path string, kinds Kinds) (*Config, error) {
	return load(path, newLoader(kinds))
}

// LoadWithFiles is Load that also looks whether the files which settings name, of
// certificates, can be used: see Kind.New. Who just asks what is configured may not
// be allowed to read them.
func LoadWithFiles(path string, kinds Kinds) (*Config, error) {
	l := newLoader(kinds)
	l.files = true
	return load(path, l)
}

// Check is LoadWithFiles that also asks more what is wrong with what was loaded; the
// places of a *TableError are found.
func Check(path string, kinds Kinds, more func(*Config) error) (*Config, error) {
	return CheckChange(path, kinds, nil, more)
}

// CheckChange is Check for what is there when a change is made, which it does not make; nil: for what is there now.
func CheckChange(path string, kinds Kinds, change *Change, more func(*Config) error) (*Config, error) {
	l := newLoader(kinds)
	l.files, l.change = true, change
	cfg, err := load(path, l)
	if err != nil {
		return nil, err
	}
	for _, err := range leaves(more(cfg)) {
		bad, ok := errors.AsType[*TableError](err)
		if !ok {
			return nil, err
		}
		n := l.table(bad.Table)
		n.doc.report(n.path+"."+bad.Key, atValue, bad.Key+": "+bad.Msg, bad.Hint)
	}
	return cfg, l.errors()
}

func load(path string, l *loader) (*Config, error) {
	text, err := l.read(path)
	if err != nil {
		return nil, fmt.Errorf("cannot load the configuration: %w", err)
	}
	main := l.add(path, text)
	l.agent(main)
	l.include(main)
	return l.finish()
}

// DataDir finds agent.data_dir in the file path, or the default, even when much else in it
// is wrong: who asks a running agent must find it then, too.
func DataDir(path string) (string, error) {
	text, err := readLimited(path, maxFile)
	if err != nil {
		return "", fmt.Errorf("cannot load the configuration: %w", err)
	}
	at, found := scanKeys(strings.TrimPrefix(text, "\ufeff")).places["agent.data_dir"]
	if !found {
		return defaultAgent().DataDir, nil
	}
	var v struct {
		Dir string `toml:"dir"`
	}
	value := strings.TrimPrefix(text, "\ufeff")[at.value.start:at.value.end]
	if _, err := toml.Decode("dir = "+value, &v); err != nil {
		return "", fmt.Errorf("cannot find data_dir in %s: its value cannot be read", path)
	}
	dir, bad := expand(v.Dir)
	if bad != nil {
		return "", fmt.Errorf("cannot find data_dir in %s: %w", path, bad)
	}
	return dir, nil
}

// Parse is Load for a text that is not in a file, so that it cannot include any;
// name stands for the file in errors and in Source.File.
func Parse(name string, text []byte, kinds Kinds) (*Config, error) {
	l := newLoader(kinds)
	main := l.add(name, string(text))
	l.agent(main)
	if len(l.config.Agent.Include) > 0 {
		main.report("agent.include", atKey, "include: only a file can include files", "remove it")
	}
	return l.finish()
}

// loader collects a configuration and everything that is wrong with it.
type loader struct {
	kinds   Kinds
	secrets map[string]bool // keys that hold secrets in some kind
	docs    []*document     // the main one first
	config  Config
	sources []node            // where each of config.Sources is written
	senders []node            // likewise
	names   map[string]string // where "source NAME" or "sender NAME" is written first

	// partial: some text could not be read, so what seems missing may be there.
	partial bool
	files   bool // those that settings name are looked at
	change  *Change
}

func newLoader(kinds Kinds) *loader {
	l := &loader{kinds: kinds, secrets: map[string]bool{}, names: map[string]string{}, config: Config{Agent: defaultAgent()}}
	for _, k := range kinds.all() {
		secretKeys(reflect.TypeOf(k.New()), l.secrets)
	}
	return l
}

func (l *loader) add(name, text string) *document {
	d := readDocument(name, text, l.secrets)
	l.docs = append(l.docs, d)
	l.partial = l.partial || d.tree == nil && len(d.errs) > 0
	return d
}

func (l *loader) node(d *document, path string, value any) node {
	return node{doc: d, secrets: l.secrets, files: l.files, path: path, value: value}
}

func (l *loader) agent(main *document) {
	table, ok := main.tree["agent"]
	if !ok {
		return
	}
	n := l.node(main, "agent", table)
	if _, isList := list(table); isList {
		main.report("agent", atKey, "[[agent]] must be written with one bracket", "write [agent]")
		return
	}
	n.decode(reflect.ValueOf(&l.config.Agent).Elem())
	n.validate(&l.config.Agent)
}

// include adds the files that the patterns of the main file match, each once.
func (l *loader) include(main *document) {
	seen := map[string]bool{}
	self, err := os.Stat(main.name)
	if err != nil {
		main.report("agent.include", atKey, "include: cannot find this file again: "+err.Error(), "start it anew when the file is there")
		return
	}
	for i, pattern := range l.config.Agent.Include {
		at := elem("agent.include", i)
		full := pattern
		if !filepath.IsAbs(full) {
			full = filepath.Join(filepath.Dir(main.name), pattern)
		}
		names, err := glob(filepath.Dir(main.name), pattern)
		switch {
		case errors.Is(err, errGlob):
			main.report(at, atValue, fmt.Sprintf("include: cannot read pattern %q: %v", pattern, err), "write one such as \"conf.d/*.toml\"")
			continue
		case err != nil:
			main.report(at, atValue, "include: cannot look for files: "+err.Error(), "let the user that the agent runs as read that folder, or take the pattern out")
			l.partial = true
			continue
		}
		names = l.change.among(names, full)
		if len(names) == 0 && !IsGlob(pattern) {
			main.report(at, atValue, fmt.Sprintf("include: file %s does not exist", full), "make it, or write a pattern such as \"conf.d/*.toml\", which may match nothing")
			l.partial = true
			continue
		}
		for _, name := range names {
			if seen[name] {
				continue
			}
			seen[name] = true
			if info, err := os.Stat(name); err == nil && os.SameFile(info, self) {
				if name == full {
					main.report(at, atValue, "include: a file cannot include itself", "remove it")
				}
				continue
			}
			text, err := l.read(name)
			if err != nil {
				main.report(at, atValue, "include: "+err.Error(), "let the user that the agent runs as read it, or move it away")
				l.partial = true
				continue
			}
			l.add(name, text)
		}
	}
}

// finish decodes the sources and senders of all documents and checks them
// against each other.
func (l *loader) finish() (*Config, error) {
	for _, d := range l.docs {
		l.topLevel(d)
	}
	l.checkSendTo()
	main := l.docs[0]
	_, includes := main.scan.places["agent.include"]
	if len(l.config.Sources) == 0 && !includes && !l.partial {
		main.reportWhole("there is no [[source]], so there is nothing to do", "add one, or include = [\"conf.d/*.toml\"] to add some later")
	}
	if err := l.errors(); err != nil {
		return nil, err
	}
	return &l.config, nil
}

// errors renders what was reported so far; nil: nothing.
func (l *loader) errors() error {
	var errs Errors
	for _, d := range l.docs {
		errs = append(errs, d.errors()...)
	}
	if len(errs) == 0 {
		return nil
	}
	errs.sort()
	return errs
}

// table returns where a table is written: "agent", "source NAME" or "sender NAME".
func (l *loader) table(name string) node {
	for i, s := range l.config.Sources {
		if name == "source "+s.Name {
			return l.sources[i]
		}
	}
	for i, s := range l.config.Senders {
		if name == "sender "+s.Name {
			return l.senders[i]
		}
	}
	return l.node(l.docs[0], "agent", nil)
}
