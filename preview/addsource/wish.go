package addsource

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/discover"
)

// Wish is a source as somebody wants it.
type Wish struct {
	Name      string            `json:"name" doc:"Name of the source: small letters, digits, - and _, at most 63."`
	Paths     []string          `json:"paths" doc:"Files, or globs as in reader.file's paths."`
	Exclude   []string          `json:"exclude,omitempty" doc:"Globs of files to leave out."`
	StartAt   string            `json:"start_at,omitempty" doc:"Where to start in files that are there: end, which it is when left out, or beginning." enum:"end beginning"`
	Parser    Format            `json:"parser" doc:"What reads its lines."`
	Multiline string            `json:"multiline,omitempty" doc:"A preset of multiline, where its records have several lines."`
	Tags      map[string]string `json:"tags,omitempty" doc:"Fields that are the same for every record."`
	SendTo    []string          `json:"send_to" doc:"Names of senders."`
}

// check says what is wrong with a wish before there is a configuration to check, and brings its parser into one form.
func (e *Engine) check(w *Wish) error {
	if w.StartAt == "" {
		w.StartAt = "end"
	}
	if w.Parser.Kind == "" {
		w.Parser = Format{"raw", "{}"}
	}
	if w.Parser.Settings == "" {
		w.Parser.Settings = "{}"
	}
	if !conf.IsName(w.Name) {
		return fmt.Errorf("the name %q must be small letters, digits, - and _, at most 63, and begin with a letter or digit", w.Name)
	}
	if len(w.Paths) == 0 || len(w.Paths) > 100 || len(w.Exclude) > 100 || len(w.SendTo) > 20 || len(w.Tags) > 50 {
		return errors.New("a source has one path at least; and 100 paths, 100 that are left out, 50 tags and 20 senders at most")
	}
	texts := slices.Concat(w.Paths, w.Exclude, w.SendTo, slices.Collect(maps.Keys(w.Tags)), slices.Collect(maps.Values(w.Tags)), []string{w.Parser.Settings})
	if slices.ContainsFunc(texts, func(s string) bool { return !utf8.ValidString(s) }) {
		return errors.New("TOML can only say text in UTF-8; name a file with other bytes by a glob")
	}
	if w.StartAt != "end" && w.StartAt != "beginning" {
		return fmt.Errorf("start_at must be end or beginning, not %q", w.StartAt)
	}
	for _, p := range w.Paths {
		if one, plain := plainPath(p); plain {
			if err := e.mayPlan(one, true); err != nil {
				return err
			}
		} else if err := e.mayPlan(p, false); err != nil {
			return err
		}
	}
	settings, err := conf.Inline(w.Parser.Settings)
	if err != nil {
		return fmt.Errorf("the settings of the parser: %w", err)
	}
	w.Parser.Settings = settings
	if !slices.ContainsFunc(kinds.All().Parsers, func(k conf.Kind) bool { return k.Name == w.Parser.Kind }) {
		return fmt.Errorf("there is no parser %q", w.Parser.Kind)
	}
	return nil
}

// text is the configuration of a wish: what would be written by hand, with what was found out about it.
func (w Wish) text(why []string, followLinks bool) string {
	var b strings.Builder
	for _, line := range why {
		b.WriteString("# " + discover.Comment(line) + "\n")
	}
	parser := "parser." + w.Parser.Kind
	width := max(len(parser), len("reader.file"))
	row := func(key, value string) { fmt.Fprintf(&b, "%-*s = %s\n", width, key, value) }
	reader := []string{"paths = " + texts(w.Paths)}
	if len(w.Exclude) > 0 {
		reader = append(reader, "exclude = "+texts(w.Exclude))
	}
	reader = append(reader, "start_at = "+conf.Quote(w.StartAt))
	if !followLinks {
		reader = append(reader, "follow_links = false")
	}
	if w.Multiline != "" {
		reader = append(reader, "multiline = { preset = "+conf.QuoteExpanded(w.Multiline)+" }")
	}
	b.WriteString("[[source]]\n")
	row("name", conf.Quote(w.Name))
	row("reader.file", "{ "+strings.Join(reader, ", ")+" }")
	row(parser, w.Parser.Settings)
	if len(w.Tags) > 0 {
		var tags []string
		for _, key := range slices.Sorted(maps.Keys(w.Tags)) {
			tags = append(tags, conf.Key(key)+" = "+conf.QuoteExpanded(w.Tags[key]))
		}
		row("tags", "{ "+strings.Join(tags, ", ")+" }")
	}
	if len(w.SendTo) > 0 {
		row("send_to", texts(w.SendTo))
	}
	return b.String()
}

func texts(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = conf.QuoteExpanded(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// command is the command line that does the same.
func (w Wish) command(configuration string) string {
	parts := []string{"sudo logskiff source add", "--name " + w.Name, "--parser " + discover.Shell(w.Parser.Kind+" = "+w.Parser.Settings)}
	if configuration != "" {
		parts = append(parts, "-c "+discover.Shell(configuration))
	}
	if w.StartAt != "end" {
		parts = append(parts, "--start "+w.StartAt)
	}
	for _, s := range w.Exclude {
		parts = append(parts, "--exclude "+discover.Shell(s))
	}
	if w.Multiline != "" {
		parts = append(parts, "--multiline "+discover.Shell(w.Multiline))
	}
	for _, key := range slices.Sorted(maps.Keys(w.Tags)) {
		parts = append(parts, "--tag "+discover.Shell(key+"="+w.Tags[key]))
	}
	for _, s := range w.SendTo {
		parts = append(parts, "--send-to "+discover.Shell(s))
	}
	for _, p := range w.Paths {
		parts = append(parts, discover.Shell(p))
	}
	return strings.Join(parts, " ")
}

// Absolute makes a path of the command line one of a wish. A name without a wildcard is that file, whatever it has in it.
func Absolute(path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("cannot find %s: %w", path, err)
	}
	return full, nil
}
