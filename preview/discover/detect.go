package discover

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"logskiff/kinds"
	"logskiff/parsers"
	"logskiff/readers/lines"
	"logskiff/record"
)

// Format is a parser as configuration.
type Format struct {
	Kind     string `json:"kind"`
	Settings string `json:"settings"` // its table, in TOML: "{}"
}

// Text is the format as it stands in a [[source]] table after "parser.".
func (f Format) Text() string { return f.Kind + " = " + f.Settings }

// Suggestion is a parser for a log, and how well it reads a sample of it.
type Suggestion struct {
	Format
	Parsed int     `json:"parsed"` // lines of the sample that it reads
	Lines  int     `json:"lines"`  // lines of the sample
	Score  float64 `json:"score"`  // the share: Parsed / Lines; 0 for raw, which reads nothing
	From   string  `json:"from,omitempty"`
}

// Name is the format for people.
func (s Format) Name() string {
	if s.Settings == "{}" {
		return s.Kind
	}
	settings := strings.TrimSuffix(strings.TrimPrefix(s.Settings, "{ "), " }")
	if value, ok := strings.CutPrefix(settings, `format = "`); ok && !strings.ContainsAny(value, "%$ ,") {
		return s.Kind + " " + strings.TrimSuffix(value, `"`)
	}
	return s.Kind + " " + s.Settings
}

// candidate is a parser to try. trust, from 0 to 1, orders those that read the
// same lines: the more a format demands of a line, the more its reading says.
type candidate struct {
	Format
	parser parsers.Parser
	hint   hint
	trust  float64
	fields int // that a record must have, its time counted
}

// Detector tells which parser reads a log best. It is not safe for concurrent use.
type Detector struct {
	all     []candidate
	formats map[Format]bool // named by a configuration
	batch   record.Batch
}

// NewDetector returns a Detector that tries every parser of package kinds whose
// settings have defaults, some known settings of others, and formats, which were
// found in the configurations of programs.
func NewDetector(formats ...Format) *Detector {
	d := &Detector{formats: map[Format]bool{}}
	for _, k := range kinds.All().Parsers {
		h := hints[k.Name]
		for _, settings := range h.variants() {
			d.try(Format{k.Name, settings}, h.trusted(), h.least())
		}
	}
	for _, f := range formats {
		if !slices.ContainsFunc(d.all, func(c candidate) bool { return c.Format == f }) {
			// Of a program that may not write this log; a format such as "$a $b" reads anything.
			d.try(f, hints[f.Kind].trusted()-0.01, 4)
		}
		d.formats[f] = true
	}
	return d
}

// HostDetector is a Detector that knows what the configurations of this host's web servers say.
type HostDetector struct {
	*Detector
	entries map[string]*entry
}

// NewHostDetector reads these configurations.
func NewHostDetector() *HostDetector {
	f := newFinder(Options{})
	f.nginx()
	f.apache()
	return &HostDetector{NewDetector(f.formats...), f.byPath}
}

// Configured returns the formats that a log's writer says it writes.
func (d *HostDetector) Configured(path string) []Format {
	if e := d.entries[path]; e != nil {
		return e.configured
	}
	return nil
}

// try adds a parser, if it can be built.
func (d *Detector) try(c Format, trust float64, fields int) {
	h := hints[c.Kind]
	p, err := ParserFor(c)
	if err == nil || h.fromHead != nil && c.Settings == "{}" {
		d.all = append(d.all, candidate{c, p, h, trust, fields})
	}
}

// Suggest returns the parsers that read a sample of the log at path, the best
// first, and raw at the end. Those in configured are what the log's writer says it
// writes: of those that read half of the lines they come first, and also when
// there is no line.
func (d *Detector) Suggest(path string, s Sample, configured ...Format) []Suggestion {
	type ranked struct {
		Suggestion
		rank float64
	}
	var list []ranked
	noAccess := slices.Contains(configured, noAccessLog)
	for _, c := range d.all {
		c, ok := c.fitted(s.Head)
		if !ok || c.Kind == "raw" || noAccess && (c.Kind == "apache" || c.Kind == "nginx") {
			continue
		}
		var from string
		switch {
		case slices.Contains(configured, c.Format):
			c.trust, c.fields, from = 2, 1, ofWriter
		case d.formats[c.Format]:
			from = "a configuration of this host"
		}
		named := c.hint.names(path)
		if named {
			c.trust += 0.02
		}
		parsed, lines := d.count(c, s)
		sg := Suggestion{Format: c.Format, Parsed: parsed, Lines: lines, From: from}
		switch {
		case lines == 0 && from != ofWriter && c.hint.empty != nil && c.hint.empty(path) != c.Settings:
		case lines == 0 && (from == ofWriter || named):
			list = append(list, ranked{sg, c.trust})
		case parsed*2 >= lines && parsed > 0:
			sg.Score = float64(parsed) / float64(lines)
			list = append(list, ranked{sg, sg.Score * c.trust})
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(b.rank, a.rank) })
	out := make([]Suggestion, 0, len(list)+1)
	for _, r := range list {
		out = append(out, r.Suggestion)
	}
	return append(out, Suggestion{Format: Format{"raw", "{}"}, Lines: len(s.Lines)})
}

// noAccessLog says of a log, in place of its writer's format, that it is none of requests.
var noAccessLog = Format{"raw", "{}"}

const ofWriter = "its writer's configuration"

// fitted returns the candidate with the settings that a file's head asks for, if
// it is of a kind whose files say that; false: this one does not.
func (c candidate) fitted(head []byte) (candidate, bool) {
	if c.hint.fromHead == nil || c.Settings != "{}" {
		return c, true
	}
	settings := c.hint.fromHead(head)
	if settings == "" {
		return c, false
	}
	p, err := ParserFor(Format{c.Kind, settings})
	c.Settings, c.parser = settings, p
	return c, err == nil
}

// count returns how many records of the sample a parser reads, with enough fields.
func (d *Detector) count(c candidate, s Sample) (parsed, records int) {
	texts := s.Lines
	if c.hint.starts != nil {
		texts = join(texts, c.hint)
	}
	b := &d.batch
	b.Reset()
	fill(b, texts, s.Read.UnixNano())
	c.parser.Parse(b)
	for i := range b.Records {
		if r := &b.Records[i]; says(b, r, c.fields) && (c.hint.counts == nil || c.hint.counts(b, r)) {
			parsed++
		}
	}
	return parsed, len(texts)
}

// says tells whether a record holds more than its line: an object that is not
// empty, or at least so many fields, its time counted.
func says(b *record.Batch, r *record.Record, fields int) bool {
	switch r.Kind {
	case record.Object:
		return r.Text.Len > 2
	case record.Columns, record.Pairs:
		n := 0
		if r.Time != 0 {
			n++
		}
		b.EachField(r, func([]byte, record.Field) { n++ })
		return n >= fields
	}
	return false
}

// fill makes records of lines, as if they were a whole file read at that time.
func fill(b *record.Batch, lines [][]byte, at int64) {
	var offset int64
	for _, l := range lines {
		b.Records = append(b.Records, record.Record{
			Offset: offset, Text: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(l))}, Size: uint32(len(l)) + 1,
		})
		b.Buf = append(append(b.Buf, l...), '\n')
		offset += int64(len(l)) + 1
	}
	b.Segments = append(b.Segments, record.Segment{Stream: &record.Stream{Origin: &record.Origin{}}, End: offset, N: len(lines)})
	b.ReadAt = at
}

// join makes the lines of a sample the records that the reader makes of them. What
// stands before the first start may be the rest of a record that began above the sample.
func join(texts [][]byte, h hint) (out [][]byte) {
	c := lines.Default()
	c.Multiline.Preset = h.preset
	e, err := lines.NewExcerpt(c, bytes.NewReader(bytes.Join(texts, []byte("\n"))), &record.Stream{})
	var b record.Batch
	for ; err == nil; err = e.Next(&b, sampleLines) {
		for i := range b.Records {
			if text := b.Bytes(b.Records[i].Text); len(out) > 0 || h.starts(text) {
				out = append(out, bytes.Clone(text))
			}
		}
		b.Reset()
	}
	if len(out) == 0 {
		return texts
	}
	return out
}

// Multiline returns the preset of multiline that a parser's records need, or "".
func Multiline(parser string) string { return hints[parser].preset }

// ParserFor builds the parser of a format.
func ParserFor(f Format) (parsers.Parser, error) {
	p, err := kinds.ParseParser("a suggestion", f.Text())
	if err != nil {
		return nil, fmt.Errorf("cannot build the parser %s: %w", f.Kind, err)
	}
	return p, nil
}
