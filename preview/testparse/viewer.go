package testparse

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/parsers"
	"logskiff/preview/discover"
	"logskiff/preview/terminal"
	"logskiff/record"
	"logskiff/senders/encode"
)

// Viewer shows lines one at a time, as they come, through the parsers that the agent uses.
type Viewer struct {
	Path   string         // of the text, for suggestions
	Parser parsers.Parser // nil: chosen by the first line
	JSON   bool           // show the records as they would be sent, one JSON object a line
	Out    io.Writer
	batch  record.Batch
	body   []byte
}

// Show writes what becomes of a line, which has no newline at its end. It fails when Out does.
func (v *Viewer) Show(text string) error {
	text = strings.TrimSuffix(text, "\r") // as the agent's reader does
	if v.Parser == nil {
		p, err := guess(v.Path, text)
		if err != nil {
			return err
		}
		v.Parser = p
	}
	b := &v.batch
	b.Reset()
	b.Buf = append(b.Buf, text...)
	b.Records = append(b.Records, record.Record{Text: record.Span{Len: uint32(len(text))}, Size: uint32(len(text)) + 1})
	b.Segments = append(b.Segments, record.Segment{Stream: &record.Stream{Path: v.Path, Origin: &record.Origin{}}, End: int64(len(text)) + 1, N: 1})
	b.ReadAt = time.Now().UnixNano()
	v.Parser.Parse(b)
	var err error
	if v.JSON {
		v.body = encode.NewNDJSON(nil).Append(v.body[:0], b, 0, 1)
		_, err = fmt.Fprintln(v.Out, terminal.Escape(string(v.body[:len(v.body)-1])))
	} else {
		_, err = fmt.Fprintln(v.Out, plain(b))
	}
	return err
}

// Choose sets the parser, as it stands in a [[source]] table or by its name alone
// ("" leaves it to the first line). format is short for that setting of the parser,
// of nginx if none is named.
func (v *Viewer) Choose(parser, format string) (err error) {
	if format != "" {
		parser = cmp.Or(parser, "nginx") + " = { format = " + conf.Quote(format) + " }"
	}
	if parser != "" {
		v.Parser, err = kinds.ParseParser("--parser", parser)
	}
	return err
}

// guess picks the parser that reads the line best.
func guess(path, text string) (parsers.Parser, error) {
	return discover.ParserFor(discover.NewDetector().Suggest(path, discover.NewSample([]byte(text)))[0].Format)
}
