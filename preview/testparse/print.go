package testparse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"logskiff/preview/terminal"
	"logskiff/record"
	"logskiff/senders"
)

// Line is one record in JSON.
type Line struct {
	Line   int             `json:"line"`   // from 1
	Offset int64           `json:"offset"` // of its first byte in the text
	Text   string          `json:"text"`
	Parsed bool            `json:"parsed"`
	Drop   bool            `json:"dropped,omitempty"` // the configuration leaves it out
	Reason string          `json:"reason,omitempty"`  // why it is not
	Record json.RawMessage `json:"record,omitempty"`  // as it would be sent
}

// printer writes records beside what they were.
type printer struct {
	out     io.Writer
	json    bool
	encoder senders.Encoder
	lines   []line // of the batch under way
	body    []byte
}

// line is a record before the stages narrowed its text, or took it out.
type line struct {
	offset int64
	text   record.Span
}

// remember notes the records of b.
func (p *printer) remember(b *record.Batch) {
	p.lines = p.lines[:0]
	for _, r := range b.Records {
		p.lines = append(p.lines, line{r.Offset, r.Text})
	}
}

// dropped writes the nth line, which no record is made of.
func (p *printer) dropped(b *record.Batch, l line, n int) error {
	text := string(b.Bytes(l.text))
	if p.json {
		return p.object(Line{Line: n, Offset: l.offset, Text: text, Drop: true})
	}
	_, err := fmt.Fprintf(p.out, "%6d  %s\n        ^ left out by the configuration\n", n, terminal.Escape(text))
	return err
}

// record writes record i of b, made of the nth line. why it is not parsed is "" when it is.
func (p *printer) record(b *record.Batch, i int, l line, n int, why string) error {
	text := string(b.Bytes(l.text))
	if p.json {
		p.body = p.encoder.Append(p.body[:0], b, i, i+1)
		return p.object(Line{Line: n, Offset: l.offset, Text: text, Parsed: why == "", Reason: why, Record: bytes.TrimSpace(p.body)})
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%6d  %s\n", n, terminal.Escape(text))
	if why != "" {
		fmt.Fprintf(&s, "        ^ not parsed: %s (line %d, byte %d)\n", terminal.Escape(why), n, l.offset)
	}
	s.WriteString(aligned(fields(b, &b.Records[i])))
	_, err := io.WriteString(p.out, s.String())
	return err
}

func (p *printer) object(v any) error {
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (p *printer) end(s Summary) error {
	if !p.json {
		return nil
	}
	return p.object(s)
}

type field struct{ name, value string }

// fields lists what a parser made of a record, its time first.
func fields(b *record.Batch, r *record.Record) []field {
	var list []field
	if r.Time != 0 {
		zone := time.FixedZone("", int(r.Zone)*60)
		at := time.Unix(0, r.Time).In(zone).Format(time.RFC3339Nano)
		if r.Flags&record.ReadTime != 0 {
			at += " (when it was read)"
		}
		list = append(list, field{"time", at})
	}
	b.EachField(r, func(name []byte, f record.Field) {
		list = append(list, field{string(name), string(b.Bytes(f.Span))})
	})
	if r.Kind != record.Object {
		return list
	}
	d := json.NewDecoder(bytes.NewReader(b.Bytes(r.Text)))
	if _, err := d.Token(); err != nil {
		return list
	}
	for d.More() {
		name, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return list
		}
		list = append(list, field{fmt.Sprint(name), string(value)})
	}
	return list
}

// widest is how far values are moved to the right to stand below each other.
const widest = 32

func aligned(list []field) string {
	width := 0
	for i := range list {
		list[i] = field{terminal.Escape(list[i].name), terminal.Escape(list[i].value)}
		width = max(width, min(widest, utf8.RuneCountInString(list[i].name)))
	}
	var s strings.Builder
	for _, f := range list {
		if f.value == "" {
			f.value = `""`
		}
		fmt.Fprintf(&s, "        %-*s  %s\n", width, f.name, f.value)
	}
	return s.String()
}
