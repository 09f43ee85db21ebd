package addsource

import (
	"bytes"
	"context"
	"errors"
	"os"
	"time"

	"logskiff/preview/discover"
	"logskiff/preview/testparse"
	"logskiff/readers/file"
	"logskiff/readers/lines"
)

// What is read of a log for a preview.
const (
	tailBytes  = 56 << 10
	shownLines = 50
)

// Sample asks what becomes of the last lines of a log.
type Sample struct {
	Path      string `json:"path" doc:"One file."`
	Parser    Format `json:"parser,omitzero" doc:"What reads its lines; the parser that reads them best when left out."`
	Multiline string `json:"multiline,omitempty" doc:"A preset of multiline; the parser's own when left out and no parser is named."`
}

// Preview is what becomes of the last lines of a log.
type Preview struct {
	Path      string          `json:"path" doc:"The file."`
	Size      int64           `json:"size_bytes" doc:"Of the file."`
	Modified  time.Time       `json:"modified_at" doc:"When it was written last."`
	Parser    Suggested       `json:"parser" doc:"What read the lines, and how many of them."`
	Multiline string          `json:"multiline,omitempty" doc:"The preset of multiline that was used."`
	Others    []Suggested     `json:"others" doc:"Parsers that read half of the lines or more, the best first."`
	Rows      []testparse.Row `json:"rows" doc:"The last lines, at most 50, oldest first."`
}

// Preview reads the end of a log, at most 64 KiB of it, and shows what becomes of its last lines. The error is ErrNotShown, a
// *DeniedError, or says what is wrong with the parser.
func (e *Engine) Preview(ctx context.Context, s Sample) (Preview, error) {
	f, info, err := e.open(s.Path)
	if denied, ok := errors.AsType[*DeniedError](err); ok {
		denied.Advice = discover.Advice(s.Path, e.User)
	}
	if err != nil {
		return Preview{}, err
	}
	defer f.Close()
	head, tail, err := discover.Ends(f, info.Size(), tailBytes)
	if err != nil {
		return Preview{}, err
	}
	if err := ctx.Err(); err != nil {
		return Preview{}, err
	}
	p := Preview{Path: s.Path, Size: info.Size(), Modified: info.ModTime().UTC(), Multiline: s.Multiline, Others: []Suggested{}}
	d := discover.NewHostDetector()
	sample := discover.NewSample(bytes.Split(tail, []byte("\n"))...)
	sample.Head = head
	all := d.Suggest(s.Path, sample, d.Configured(s.Path)...)
	for _, one := range all {
		p.Others = append(p.Others, suggested(one))
	}
	if s.Parser.Kind == "" {
		p.Parser, p.Multiline = p.Others[0], p.Others[0].Preset
	} else {
		p.Parser.Format = s.Parser
		if p.Parser.Settings == "" {
			p.Parser.Settings = "{}"
		}
	}
	parser, err := discover.ParserFor(p.Parser.discovered())
	if err != nil {
		return Preview{}, err
	}
	cut := lines.Default()
	cut.Multiline.Preset = p.Multiline
	p.Rows, err = testparse.Rows(tail, testparse.RowOptions{Path: s.Path, Cut: cut, Parser: parser, Most: shownLines,
		Nearest: func(line []byte) string {
			one := discover.NewSample(line)
			one.Head = head
			if best := d.Suggest(s.Path, one)[0]; best.Kind != "raw" && best.Format != p.Parser.discovered() {
				return best.Text()
			}
			return ""
		}})
	if err != nil {
		return Preview{}, err
	}
	p.Parser.Parsed, p.Parser.Lines = 0, len(p.Rows)
	for _, r := range p.Rows {
		if r.Parsed {
			p.Parser.Parsed++
		}
	}
	return p, nil
}

// Best returns the parser that reads the first of the files best which paths of a reader match; false: there is none that can be read.
func (e *Engine) Best(ctx context.Context, paths []string) (Suggested, bool) {
	for _, name := range matched(paths, 10) {
		if p, err := e.Preview(ctx, Sample{Path: name}); err == nil && p.Parser.Lines > 0 {
			return p.Parser, true
		}
	}
	return Suggested{}, false
}

// matched returns the first files that paths of a reader match now.
func matched(paths []string, most int) (names []string) {
	c := file.Default()
	c.Paths = paths
	c.Match(namesLooked, func(path string, _ os.FileInfo) bool {
		names = append(names, path)
		return len(names) < most
	})
	return names
}
