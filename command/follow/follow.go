// Package follow shows a person a growing log through a parser, in their own
// terminal. It is the one user of hpcloud/tail, which may end the process and
// has no offsets, so nothing that must not lose a line may use this package
// (docs/decisions/001-own-tailer.md).
package follow

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hpcloud/tail"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/parsers"
	"logskiff/preview/discover"
	"logskiff/preview/terminal"
	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/encode"
)

// Options say what to follow and how to show it.
type Options struct {
	Path    string
	Lines   int            // last lines to show first
	Parser  parsers.Parser // nil: chosen by the first line
	Encoder senders.Encoder
	JSON    bool // show the records as they would be sent, one JSON object a line
}

// Run shows lines until ctx is done or the file cannot be followed. A file that
// does not exist yet is waited for, and one that is rotated is followed under
// its name.
func Run(ctx context.Context, out io.Writer, o Options) error {
	start, err := lastLines(o.Path, o.Lines)
	if err != nil {
		return fmt.Errorf("cannot follow %s: %w", o.Path, err)
	}
	t, err := tail.TailFile(o.Path, tail.Config{
		Follow: true, ReOpen: true, Logger: tail.DiscardingLogger,
		Location: &tail.SeekInfo{Offset: start, Whence: io.SeekStart},
	})
	if err != nil {
		return fmt.Errorf("cannot follow %s: %w", o.Path, err)
	}
	defer t.Cleanup()
	defer func() {
		go func() { // Stop waits for the sender of a line nobody reads any more
			for range t.Lines {
			}
		}()
		t.Stop() //nolint:errcheck // why it ended was returned already
	}()
	show := shower{out: out, Options: o}
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, ok := <-t.Lines:
			if !ok {
				return fmt.Errorf("cannot follow %s any longer: %w", o.Path, t.Err())
			}
			if line.Err != nil {
				return fmt.Errorf("cannot follow %s any longer: %w", o.Path, line.Err)
			}
			if err := show.line(line.Text); err != nil {
				return err
			}
		}
	}
}

// shower prints one line at a time through the stages the agent uses.
type shower struct {
	Options
	out   io.Writer
	batch record.Batch
	body  []byte
}

func (s *shower) line(text string) error {
	text = strings.TrimSuffix(text, "\r") // as the agent's reader does
	if s.Parser == nil {
		p, err := guess(s.Path, text)
		if err != nil {
			return err
		}
		s.Parser = p
	}
	b := &s.batch
	b.Reset()
	b.Buf = append(b.Buf, text...)
	b.Records = append(b.Records, record.Record{Text: record.Span{Len: uint32(len(text))}, Size: uint32(len(text)) + 1})
	b.Segments = append(b.Segments, record.Segment{Stream: &record.Stream{Path: s.Path, Origin: &record.Origin{}}, End: int64(len(text)) + 1, N: 1})
	b.ReadAt = time.Now().UnixNano()
	s.Parser.Parse(b)
	var err error
	if s.JSON {
		s.body = s.Encoder.Append(s.body[:0], b, 0, 1)
		_, err = fmt.Fprintln(s.out, terminal.Escape(string(s.body[:len(s.body)-1])))
	} else {
		_, err = fmt.Fprintln(s.out, plain(b))
	}
	return err
}

// Choose sets the parser, as it stands in a [[source]] table or by its name alone
// ("" leaves it to the first line), and the encoder. format is short for that setting
// of the parser, of nginx if none is named.
func (o *Options) Choose(parser, format string) error {
	o.Encoder = encode.NewNDJSON(nil)
	if format != "" {
		parser = cmp.Or(parser, "nginx") + " = { format = " + conf.Quote(format) + " }"
	}
	if parser == "" {
		return nil
	}
	plugin, err := conf.ParseParser("--parser", parser, kinds.All())
	if err != nil {
		return err
	}
	o.Parser, err = kinds.BuildParser(plugin)
	return err
}

// guess picks the parser that reads the line best.
func guess(path, text string) (parsers.Parser, error) {
	return discover.ParserFor(discover.NewDetector().Suggest(path, discover.NewSample([]byte(text)))[0].Format)
}
