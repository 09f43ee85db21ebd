// Package testparse shows what becomes of the lines of a file, as records that
// would be sent: the same cutting, parsing and encoding that an agent uses, without
// an agent.
//
// It reads one text and writes for people or machines; it follows nothing and
// keeps no position.
package testparse

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"time"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/parsers"
	"logskiff/preview/discover"
	"logskiff/readers/lines"
	"logskiff/record"
	"logskiff/senders/encode"
)

// Options say what to show.
type Options struct {
	Path   string         // of the text, for suggestions and as the record's path
	Cut    lines.Settings // how the text is cut into records
	Origin *record.Origin // of the records, for what the stages behind a parser ask of it; nil: unknown
	Parser parsers.Parser // nil: the one that reads the first lines best
	Name   string         // of Parser, for people
	Lines  int            // how many records are shown at most; 0: all
	JSON   bool           // one object a line, as Line and Summary say
}

// Use takes the settings of a configured source: its parser with its stages, and how its
// reader cuts.
func (o *Options) Use(s conf.Source) (err error) {
	if o.Parser, err = kinds.BuildStages(s); err != nil {
		return err
	}
	if unknown := kinds.UnknownFields(s); len(unknown) > 0 {
		return unknown[0]
	}
	o.Name = s.Parser.Kind + " of source " + s.Name
	if cut, ok := kinds.LinesOf(s.Reader); ok {
		o.Cut = cut
	}
	return nil
}

// Summary is how it went.
type Summary struct {
	Lines   int `json:"lines"`
	Parsed  int `json:"parsed"`
	Dropped int `json:"dropped,omitempty"` // lines that the configuration leaves out
	Untimed int `json:"untimed,omitempty"` // records without a time that the configuration could read, which get the time of reading

	// Undecided is how often an expression could not be evaluated for a record, which then stays.
	Undecided int `json:"undecided,omitempty"`
	// Unmatched is how often the path did not match, so that it added no field.
	Unmatched int `json:"unmatched,omitempty"`
	// Shadowed is a name that an expression or template used for a fact about a record, and that a field has, too.
	Shadowed string  `json:"shadowed,omitempty"`
	Share    float64 `json:"share"`  // Parsed of the lines that are not dropped; 1 without such a line
	Parser   string  `json:"parser"` // as in a [[source]] table, after "parser."

	// Suggested are the parsers that read the first lines, the best first, when
	// none was named.
	Suggested []discover.Suggestion `json:"suggested,omitempty"`
}

// batchLines are parsed at once.
const batchLines = 500

// Run parses the records of in and writes them to out.
func Run(in io.Reader, out io.Writer, o Options) (Summary, error) {
	if o.Origin == nil {
		o.Origin = &record.Origin{}
	}
	stream := &record.Stream{Path: o.Path, Origin: o.Origin}
	begin := &recorder{in: in, on: o.Parser == nil}
	text, err := lines.NewExcerpt(o.Cut, begin, stream)
	if err != nil {
		return Summary{}, fmt.Errorf("cannot cut the text into lines: %w", err)
	}
	sum := Summary{Parser: o.Name}
	show := printer{out: out, json: o.JSON, encoder: encode.NewNDJSON(nil)}
	nothing := false // no parser reads it, so that raw is no success
	for b := new(record.Batch); ; b.Reset() {
		most := batchLines
		if o.Lines > 0 {
			most = min(most, o.Lines-sum.Lines)
		}
		if most == 0 {
			break
		}
		err := text.Next(b, most)
		if err == io.EOF {
			break
		}
		if err != nil {
			return sum, fmt.Errorf("cannot read on: %w", err)
		}
		b.ReadAt = time.Now().UnixNano()
		if o.Parser == nil {
			sum.Suggested = suggest(o.Path, b)
			best := sum.Suggested[0]
			sum.Parser, nothing = best.Text(), best.Kind == "raw"
			if o.Parser, err = discover.ParserFor(best.Format); err != nil {
				return sum, err
			}
			begin.on = false
			if c := o.Cut; c.Multiline == lines.Default().Multiline && discover.Multiline(best.Kind) != "" {
				c.Multiline.Preset = discover.Multiline(best.Kind)
				if text, err = lines.NewExcerpt(c, io.MultiReader(&begin.seen, in), stream); err != nil {
					return sum, fmt.Errorf("cannot cut the text into records: %w", err)
				}
				continue // from the beginning, as the suggested source reads it
			}
		}
		show.remember(b)
		o.Parser.Parse(b)
		sum.Untimed += b.Untimed
		sum.Undecided += b.Undecided
		sum.Unmatched += b.Unmatched
		sum.Shadowed = cmp.Or(sum.Shadowed, b.Shadowed)
		i := 0
		for k, l := range show.lines {
			end := int64(math.MaxInt64)
			if k+1 < len(show.lines) {
				end = show.lines[k+1].offset
			}
			first := i
			for ; i < len(b.Records) && b.Records[i].Offset < end; i++ {
				sum.Lines++
				why := failure(b, &b.Records[i], nothing)
				if why == "" {
					sum.Parsed++
				}
				from := l
				if r := &b.Records[i]; i > first { // one of several messages in what was read as one
					from = line{r.Offset, r.Text}
				}
				if err := show.record(b, i, from, sum.Lines, why); err != nil {
					return sum, err
				}
			}
			if i == first {
				sum.Lines++
				sum.Dropped++
				if err := show.dropped(b, l, sum.Lines); err != nil {
					return sum, err
				}
			}
		}
	}
	sum.Share = 1
	if kept := sum.Lines - sum.Dropped; kept > 0 {
		sum.Share = float64(sum.Parsed) / float64(kept)
	}
	return sum, show.end(sum)
}

// recorder keeps what is read while it is on.
type recorder struct {
	in   io.Reader
	on   bool
	seen bytes.Buffer
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	if r.on {
		r.seen.Write(p[:n])
	}
	return n, err
}

func suggest(path string, b *record.Batch) []discover.Suggestion {
	var lines [][]byte
	for i := range b.Records {
		lines = append(lines, b.Bytes(b.Records[i].Text))
	}
	return discover.NewDetector().Suggest(path, discover.NewSample(lines...))
}

// failure returns why a record has no fields; "" when it has, or when nobody
// wanted any.
func failure(b *record.Batch, r *record.Record, nothing bool) string {
	switch {
	case r.Kind == record.Failed:
		return b.Reasons[r.Reason]
	case r.Flags&record.Unparsed != 0:
		return "see parse_error"
	case r.Flags&record.Part != 0:
		return "a part of a line longer than max_line, which is sent as it is"
	case nothing:
		return "no parser reads most of the lines"
	}
	return ""
}
