package victorialogs

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"logskiff/conf"
	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/httpclient"
)

// defaultPath is that of the JSON lines API.
const defaultPath = "/insert/jsonline"

// Config is the table of `[[sender]] victorialogs = {...}`.
type Config struct {
	Endpoints   []string         `toml:"endpoints" example:"[\"http://logs-1:9428\"]" doc:"URLs of VictoriaLogs, vlagent or vmauth; one without a path gets /insert/jsonline. At least one is needed."`
	Strategy    senders.Strategy `toml:"strategy" doc:"How to choose among endpoints: round-robin uses all healthy ones in turn (those of one cluster), failover the first healthy one in the listed order."`
	Stream      []string         `toml:"stream" example:"[\"logskiff.host\", \"logskiff.source\"]" doc:"Fields by which VictoriaLogs puts records together (_stream): few, and those that seldom differ, as where records come from. Tags are logskiff.tags.NAME."`
	Message     []string         `toml:"message" doc:"Fields of which the first that a record has becomes its text (_msg)."`
	Origin      []string         `toml:"origin" doc:"What the fields logskiff.* say of where a record came from: any of host, source, path, tags, stream, offset. Stream and offset are its identity, by which repeats are recognised."`
	Compression string           `toml:"compression" doc:"Compression of bodies: zstd, gzip or none."`
	MaxRecord   conf.Size        `toml:"max_record" doc:"Largest record as a line of JSON: what VictoriaLogs is told by -insert.maxLineSizeBytes, whose default this is. It leaves out larger ones, and what stands behind them, and answers that all is well; so they go to quarantine."`
	MaxFields   int              `toml:"max_fields" doc:"Most fields of a record, those of objects in it counted one by one: what VictoriaLogs is told by -insert.maxFieldsPerLine, whose default this is. Records with more go to quarantine, likewise."`
	httpclient.Config
}

// Default returns the settings used for what is not set.
func Default() Config {
	return Config{
		Strategy: senders.RoundRobin, Compression: "zstd", MaxRecord: 256 << 10, MaxFields: 1000,
		Stream:  []string{"logskiff.host", "logskiff.source"},
		Message: []string{"message", "msg"},
		Origin:  []string{"host", "source", "path", "tags", "stream", "offset"},
		Config:  httpclient.Default(),
	}
}

// Names of the headers that say what the fields of a line are
// (https://docs.victoriametrics.com/victorialogs/data-ingestion/#http-headers).
const (
	timeHeader    = "VL-Time-Field"
	messageHeader = "VL-Msg-Field"
	streamHeader  = "VL-Stream-Fields"
)

// Validate returns one *conf.FieldError for each wrong key, joined.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, msg, hint string) { errs = append(errs, &conf.FieldError{Key: key, Msg: msg, Hint: hint}) }
	urls, bads := httpclient.ReadEndpoints(c.Endpoints, defaultPath)
	if len(c.Endpoints) == 0 {
		bad("endpoints", "must name at least one URL", `write endpoints = ["http://logs-1:9428"]`)
	} else {
		errs = append(errs, bads...)
	}
	errs = append(errs,
		httpclient.CheckChoice("strategy", string(c.Strategy), string(senders.RoundRobin), string(senders.Failover)),
		httpclient.CheckChoice("compression", c.Compression, "zstd", "gzip", "none"))
	for key, names := range map[string][]string{"stream": c.Stream, "message": c.Message} {
		for i, n := range names {
			switch {
			case n == "" || strings.ContainsFunc(n, func(r rune) bool { return r <= ' ' || r == ',' || r == 0x7f }):
				bad(key, fmt.Sprintf("%q cannot be sent as the name of a field in a header", n), "a step of fields can rename it")
			case slices.Contains(names[:i], n):
				bad(key, fmt.Sprintf("%q is named twice", n), "remove one of them")
			}
		}
	}
	if len(c.Message) == 0 {
		bad("message", "must name at least one field", `write message = ["message"]`)
	}
	if err := encode.CheckFacts(c.Origin); err != nil {
		bad("origin", err.Error(), "name some of "+encode.FactNames())
	}
	for _, f := range c.Stream {
		fact, ours := strings.CutPrefix(f, encode.OriginName+".")
		fact, _, _ = strings.Cut(fact, ".")
		if ours && encode.CheckFacts([]string{fact}) == nil && !slices.Contains(c.Origin, fact) {
			bad("stream", fmt.Sprintf("%q is in no record: origin leaves it out", f), fmt.Sprintf("add %q to origin", fact))
		}
	}
	if c.MaxRecord < 1<<10 || c.MaxRecord > 16<<20 {
		bad("max_record", "must be from 1KiB to 16MiB", "256KiB is the default, and VictoriaLogs' own")
	}
	if c.MaxFields < 100 || c.MaxFields > 2000 {
		bad("max_fields", "must be from 100 to 2000", "1000 is the default, and VictoriaLogs' own; it takes no more than 2000")
	}
	return errors.Join(append(errs, c.Config.Check(httpclient.AnyHTTPS(urls), timeHeader, messageHeader, streamHeader)...)...)
}
