package command

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/terminal"
	"logskiff/preview/testparse"
	"logskiff/readers/lines"
)

func testParse(fs *flag.FlagSet) action {
	o := testparse.Options{Cut: lines.Default()}
	parser := fs.String("parser", "", "`PARSER`: a name, or with settings as in a [[source]] table: 'nginx = { format = \"combined\" }'")
	config := fs.String("c", "", "configuration `FILE` whose --source is used")
	source := fs.String("source", "", "`NAME` of the source whose settings are used")
	fs.IntVar(&o.Lines, "lines", 50, "parse the first `N` lines; 0 for all")
	fs.BoolVar(&o.JSON, "json", false, "print one JSON object a line, and a last one that sums up")
	return func(rest []string) int {
		switch {
		case len(rest) != 1:
			return usageError("test-parse", "one file is wanted, or - for standard input")
		case (*config == "") != (*source == ""):
			return usageError("test-parse", "-c and --source belong together")
		case *config != "" && *parser != "":
			return usageError("test-parse", "--parser beside --source: the source has a parser")
		case o.Lines < 0:
			return usageError("test-parse", "--lines must not be negative")
		}
		o.Path = rest[0]
		if code := chooseParser(&o, *parser, *config, *source); code != exitOK {
			return code
		}
		return parseFile(o)
	}
}

func parseFile(o testparse.Options) int {
	in, err := openText(o.Path)
	if err != nil {
		return failed(err)
	}
	defer in.Close()
	out := bufio.NewWriter(os.Stdout)
	sum, err := testparse.Run(in, out, o)
	if flushed := out.Flush(); err == nil {
		err = flushed
	}
	if err != nil {
		return failed(fmt.Errorf("cannot parse %s: %w", o.Path, err))
	}
	sumUp(sum)
	if sum.Parsed < sum.Lines-sum.Dropped {
		return exitFailed
	}
	return exitOK
}

// chooseParser sets the parser that was asked for, if one was.
func chooseParser(o *testparse.Options, parser, config, source string) int {
	if parser != "" {
		p, err := kinds.ParseParser("--parser", parser)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return exitUsage
		}
		o.Parser, o.Name = p, parser
	}
	if config == "" {
		return exitOK
	}
	cfg, err := conf.Load(config, kinds.All())
	if err != nil {
		return badConfig(err)
	}
	var names []string
	for _, s := range cfg.Sources {
		names = append(names, s.Name)
		if s.Name != source {
			continue
		}
		if err := o.Use(s); err != nil {
			return badConfig(err)
		}
		if o.Origin, err = kinds.OriginOf(cfg, s); err != nil {
			return failed(err)
		}
		return exitOK
	}
	return usageError("test-parse", "%s has no source %q; there are: %s", config, source, strings.Join(names, ", "))
}

// openText opens a file, or standard input, and unpacks it if its first bytes say
// that it is packed.
func openText(name string) (io.ReadCloser, error) {
	f := os.Stdin
	if name != "-" {
		var err error
		if f, err = os.Open(name); err != nil {
			return nil, err
		}
	}
	r := bufio.NewReaderSize(f, 64<<10)
	magic, _ := r.Peek(4) //nolint:errcheck // a short file is not packed
	var unpacked io.Reader = r
	var err error
	switch {
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		unpacked, err = gzip.NewReader(r)
	case bytes.HasPrefix(magic, []byte("\x28\xb5\x2f\xfd")):
		var d *zstd.Decoder
		if d, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20)); err == nil {
			unpacked = d.IOReadCloser()
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("cannot unpack %s: %w", name, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{unpacked, f}, nil
}

// sumUp says how it went, for people.
func sumUp(s testparse.Summary) {
	if s.Lines == 0 {
		fmt.Fprintln(os.Stderr, "There is no line.")
		return
	}
	fmt.Fprintf(os.Stderr, "%d of %d lines parsed (%.4g %%) by %s\n", s.Parsed, s.Lines-s.Dropped, 100*s.Share, terminal.Escape(s.Parser))
	if s.Dropped > 0 {
		fmt.Fprintf(os.Stderr, "%d more are left out by the configuration\n", s.Dropped)
	}
	if s.Untimed > 0 {
		fmt.Fprintf(os.Stderr, "%d have no time that can be read as the configuration says, and get the time at which they are read\n", s.Untimed)
	}
	if s.Undecided > 0 {
		fmt.Fprintf(os.Stderr, "%d times an expression could not be evaluated for a line, which then stays\n", s.Undecided)
	}
	if s.Unmatched > 0 {
		fmt.Fprintf(os.Stderr, "%d times the path did not match, and added no field to a line\n", s.Unmatched)
	}
	if s.Shadowed != "" {
		fmt.Fprintf(os.Stderr, "an expression or template uses the name %s, which a field has, too; it means what the agent knows of the record: for the field write fields[%q], in a template {fields.%[1]s}\n", s.Shadowed, s.Shadowed)
	}
	if len(s.Suggested) == 0 {
		return
	}
	if s.Suggested[0].Kind == "raw" {
		fmt.Fprintln(os.Stderr, "No parser reads most of the first lines. Try one with settings of its own: --parser 'NAME = { ... }'")
		return
	}
	for _, other := range s.Suggested[1:] {
		if other.Kind != "raw" {
			fmt.Fprintf(os.Stderr, "  less well: %s (%d of %d)\n", other.Text(), other.Parsed, other.Lines)
		}
	}
}
