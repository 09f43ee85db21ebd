package testparse

import (
	"bytes"
	"fmt"
	"io"
	"sort"
	"time"

	"logskiff/parsers"
	"logskiff/readers/lines"
	"logskiff/record"
)

// Row is one record beside what it was, for a page. All of it is text from outside.
type Row struct {
	Text    string  `json:"text" doc:"The record as it was read; bytes that are no UTF-8 are replaced."`
	Parsed  bool    `json:"parsed" doc:"Whether the parser read it."`
	Reason  string  `json:"reason,omitempty" doc:"Why not."`
	At      *int    `json:"failed_at,omitempty" doc:"The character of the text, from 0, at which the parser could not go on, if it says so."`
	Nearest string  `json:"nearest,omitempty" doc:"A parser that reads this line, as it stands in a configuration behind parser."`
	Time    string  `json:"time,omitempty" doc:"The record's time, in RFC 3339."`
	Fields  []Field `json:"fields,omitempty" doc:"What the parser made of it."`
}

// Field is one field of a record.
type Field struct {
	Name  string `json:"name" doc:"Its name."`
	Value string `json:"value" doc:"Its value."`
}

// RowOptions say what to make rows of.
type RowOptions struct {
	Path    string         // of the text
	Cut     lines.Settings // how it is cut into records
	Parser  parsers.Parser
	Most    int                      // how many rows; the last ones are kept
	Nearest func(line []byte) string // a parser that reads a line that Parser does not, or ""
}

// nearestMost is how many kinds of failures another parser is looked for.
const nearestMost = 5

// Rows parses a text and returns its last records, beside what they were.
func Rows(text []byte, o RowOptions) ([]Row, error) {
	cut, err := lines.NewExcerpt(o.Cut, bytes.NewReader(text), &record.Stream{Path: o.Path, Origin: &record.Origin{}})
	if err != nil {
		return nil, fmt.Errorf("cannot cut the text into records: %w", err)
	}
	rows := []Row{}
	asked := map[string]string{} // the nearest parser, by the reason of the failure
	for b := new(record.Batch); ; b.Reset() {
		err := cut.Next(b, batchLines)
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read on: %w", err)
		}
		b.ReadAt = time.Now().UnixNano()
		var was printer
		was.remember(b)
		o.Parser.Parse(b)
		for i := range b.Records {
			r := &b.Records[i]
			from := sort.Search(len(was.lines), func(k int) bool { return was.lines[k].offset > r.Offset }) - 1
			rows = append(rows, o.row(b, r, b.Bytes(was.lines[max(0, from)].text), asked))
		}
		rows = rows[max(0, len(rows)-o.Most):]
	}
}

func (o RowOptions) row(b *record.Batch, r *record.Record, line []byte, asked map[string]string) Row {
	row := Row{Text: string(bytes.ToValidUTF8(line, []byte("\uFFFD"))), Reason: failure(b, r, false)}
	row.Parsed = row.Reason == ""
	if at, known := r.FailedAt(); known && at <= len(line) {
		at = len([]rune(string(bytes.ToValidUTF8(line[:at], []byte("\uFFFD")))))
		row.At = &at
	}
	if !row.Parsed {
		nearest, known := asked[row.Reason]
		if !known && len(asked) < nearestMost {
			nearest = o.Nearest(line)
			asked[row.Reason] = nearest
		}
		row.Nearest = nearest
	}
	for _, f := range fields(b, r) {
		if f.name == "time" && row.Time == "" && r.Time != 0 {
			row.Time = f.value
			continue
		}
		row.Fields = append(row.Fields, Field{string(bytes.ToValidUTF8([]byte(f.name), []byte("\uFFFD"))), string(bytes.ToValidUTF8([]byte(f.value), []byte("\uFFFD")))})
	}
	return row
}
