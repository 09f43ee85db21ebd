package http

import (
	"errors"

	"logskiff/conf"
	"logskiff/record/wire"
	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/httpclient"
)

// DefaultPath is the path of an endpoint written without one; see docs/protocol.md.
const DefaultPath = "/v1/batch"

// Config is the table of `[[sender]] http = {...}`.
type Config struct {
	Endpoints   []string         `toml:"endpoints" example:"[\"http://ingest-1:7711\"]" doc:"URLs of the forwarders, http or https; one without a path gets /v1/batch. At least one is needed."`
	Strategy    senders.Strategy `toml:"strategy" doc:"How to choose among endpoints: round-robin uses all healthy ones in turn, failover the first healthy one in the listed order."`
	Hedge       bool             `toml:"hedge" doc:"With several endpoints: when one has not answered for a second (longer where its answers, or large bodies, take longer), send the batch to another one too, and go on with whichever answers first. A batch can then be stored by both. Forwarders recognise that each for itself, and readers of their output by stream and offset; turn it off for receivers where neither does."`
	Compression string           `toml:"compression" doc:"Compression of bodies: zstd (the default: small and cheap), gzip or none."`
	Format      string           `toml:"format" doc:"Format of bodies: auto (ndjson, one JSON object a line; lines that were not parsed go as they are to forwarders that say they take that, and become the same records there), ndjson, or lines (text as it was read, without fields, for receivers that want no JSON; not for sources whose reader has encoding or multiline)."`
	Repeat      []string         `toml:"repeat" doc:"What to write into every ndjson record although it travels once in the batch's header: any of stream, host, source, path, tags. Only for receivers that do not read the header."`
	httpclient.Config
}

// Default returns the settings used for what is not set.
func Default() Config {
	return Config{
		Strategy: senders.RoundRobin, Hedge: true, Compression: "zstd", Format: "auto",
		Config: httpclient.Default(),
	}
}

// Validate returns one *conf.FieldError for each wrong key, joined.
func (c *Config) Validate() error {
	urls, errs := httpclient.ReadEndpoints(c.Endpoints, DefaultPath)
	errs = append(errs,
		httpclient.CheckChoice("strategy", string(c.Strategy), string(senders.RoundRobin), string(senders.Failover)),
		httpclient.CheckChoice("compression", c.Compression, "zstd", "gzip", "none"),
		httpclient.CheckChoice("format", c.Format, "auto", "ndjson", "lines"))
	bad := func(key, msg, hint string) { errs = append(errs, &conf.FieldError{Key: key, Msg: msg, Hint: hint}) }
	if err := encode.CheckRepeat(c.Repeat); err != nil {
		bad("repeat", err.Error(), "name some of stream, host, source, path, tags")
	}
	if len(c.Repeat) > 0 && c.Format == "lines" {
		bad("repeat", "cannot go with format = \"lines\": plain lines have no fields", "remove it, or change format")
	}
	errs = append(errs, c.Config.Check(httpclient.AnyHTTPS(urls), wire.HeaderName)...)
	return errors.Join(errs...)
}
