package elasticsearch

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"logskiff/conf"
	"logskiff/record/template"
	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/httpclient"
)

const bulkPath = "/_bulk"

// Values of Config.Action.
const (
	actionCreate = "create"
	actionIndex  = "index"
)

// Config is the table of `[[sender]] elasticsearch = {...}`.
type Config struct {
	Endpoints   []string         `toml:"endpoints" example:"[\"https://es-1:9200\"]" doc:"URLs of nodes of one cluster, or of what stands before them. /_bulk is put behind a path that does not end with it; a query, such as ?pipeline=nginx, is kept. At least one is needed."`
	Strategy    senders.Strategy `toml:"strategy" doc:"How to choose among endpoints: round-robin uses all healthy ones in turn, failover the first healthy one in the listed order."`
	Index       string           `toml:"index" example:"\"logs-{source}-{time:%Y.%m.%d}\"" doc:"Index or data stream of a record, a template: {source}, {host}, {tags.NAME}, {time:%Y.%m.%d} and fields. What an index cannot have in its name is replaced by _ in values. A record that lacks what the template names goes to quarantine: write {NAME:-default}. Required."`
	Action      string           `toml:"action" doc:"create: a document that is there already stays as it is, which a repeat finds; the only one that data streams take. index: it is written again."`
	DataStream  bool             `toml:"data_stream" doc:"The template of index names data streams: what sender setup writes makes them such."`
	Origin      []string         `toml:"origin" doc:"What the object logskiff in each document says of where the record came from: any of host, source, path, tags, stream, offset. Stream and offset are in the document's id, too."`
	Compression string           `toml:"compression" doc:"Compression of bodies: gzip or none."`
	APIKey      conf.Secret      `toml:"api_key" doc:"API key of Elasticsearch, in base64 as it is given out, sent as \"Authorization: ApiKey\", in the place of bearer and basic; write it as ${NAME} or ${file:/path} to keep it out of the file."`
	httpclient.Config
}

// Default returns the settings used for what is not set.
func Default() Config {
	return Config{
		Strategy: senders.RoundRobin, Action: actionCreate, Compression: "gzip",
		Origin: []string{"host", "source", "path", "tags", "offset"},
		Config: httpclient.Default(),
	}
}

// Validate returns one *conf.FieldError for each wrong key, joined.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, msg, hint string) { errs = append(errs, &conf.FieldError{Key: key, Msg: msg, Hint: hint}) }
	var urls []*url.URL
	if len(c.Endpoints) == 0 {
		bad("endpoints", "must name at least one URL", `write endpoints = ["https://es-1:9200"]`)
	} else {
		urls, errs = c.urls()
	}
	if c.Index == "" {
		bad("index", "is missing", `write for example index = "logs-{source}-{time:%Y.%m.%d}"`)
	} else {
		_, err := c.indexTemplate()
		errs = append(errs, err)
	}
	errs = append(errs,
		httpclient.CheckChoice("strategy", string(c.Strategy), string(senders.RoundRobin), string(senders.Failover)),
		httpclient.CheckChoice("action", c.Action, actionCreate, actionIndex),
		httpclient.CheckChoice("compression", c.Compression, "gzip", "none"))
	if c.DataStream && c.Action == actionIndex {
		bad("action", "cannot be index with data_stream = true: data streams take new documents alone", `remove it, or write action = "create"`)
	}
	if err := encode.CheckFacts(c.Origin); err != nil {
		bad("origin", err.Error(), "name some of "+encode.FactNames())
	}
	if c.APIKey != "" && (c.Bearer != "" || c.Basic != (httpclient.Basic{})) {
		bad("api_key", "cannot be used together with bearer or basic", "remove one of them")
	}
	if strings.ContainsFunc(c.APIKey.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
		bad("api_key", "has a character that no base64 has", "write it as it was given out (encoded), or check the file or variable it comes from")
	}
	return errors.Join(append(errs, c.Config.Check(httpclient.AnyHTTPS(urls))...)...)
}

// urls returns those of the bulk API.
func (c *Config) urls() (urls []*url.URL, errs []error) {
	urls, errs = httpclient.ReadEndpoints(c.Endpoints, bulkPath)
	seen := map[string]bool{}
	for _, u := range urls {
		if !strings.HasSuffix(u.Path, bulkPath) {
			*u = *u.JoinPath(bulkPath)
		}
		if seen[u.String()] {
			errs = append(errs, &conf.FieldError{Key: "endpoints", Msg: u.Redacted() + " is there twice", Hint: "remove one"})
		}
		seen[u.String()] = true
		q := u.Query()
		if !q.Has("filter_path") {
			q.Set("filter_path", wanted)
			u.RawQuery = q.Encode()
		}
	}
	return urls, errs
}

// client returns the settings of the HTTP client.
func (c *Config) client() httpclient.Config {
	h := c.Config
	if c.APIKey != "" {
		h.Headers = maps.Clone(h.Headers)
		if h.Headers == nil {
			h.Headers = map[string]conf.Secret{}
		}
		h.Headers["Authorization"] = conf.Secret(fmt.Sprintf("ApiKey %s", c.APIKey.Reveal()))
	}
	return h
}

func (c *Config) indexTemplate() (*template.Template, error) {
	return senders.CompileTemplate("index", c.Index, template.Options{Safe: template.ForIndex()})
}

// Templates returns the templates by their keys, for who knows what fields there are.
func (c *Config) Templates() map[string]*template.Template {
	t, err := c.indexTemplate()
	if err != nil {
		return nil
	}
	return map[string]*template.Template{"index": t}
}
