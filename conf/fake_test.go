package conf

import (
	"errors"
	"time"
)

// The kinds the tests know: one of every type of setting.

type fakeFile struct {
	Paths        []string `toml:"paths" example:"[\"/var/log/nginx/access.log\"]" doc:"Patterns of the files to follow."`
	StartAt      string   `toml:"start_at" doc:"Where to begin: end or beginning."`
	MaxLine      Size     `toml:"max_line" doc:"Longest line."`
	PollInterval Duration `toml:"poll_interval" doc:"How often to look."`
}

func (f *fakeFile) Validate() error {
	var errs []error
	if len(f.Paths) == 0 {
		errs = append(errs, &FieldError{"paths", "must name at least one file", `write paths = ["/var/log/..."]`})
	}
	if f.StartAt != "end" && f.StartAt != "beginning" {
		errs = append(errs, &FieldError{Key: "start_at", Msg: "must be end or beginning"})
	}
	return errors.Join(errs...)
}

type fakeNginx struct {
	Format string `toml:"format" expand:"no" example:"\"combined\"" doc:"The log_format, with a | in it."`
}

type fakeRaw struct{}

type fakeHTTP struct {
	Endpoints []string          `toml:"endpoints" example:"[\"https://ingest-1:7711\"]" doc:"Where to send to."`
	Token     Secret            `toml:"token" doc:"Bearer token."`
	Headers   map[string]Secret `toml:"headers" doc:"More headers."`
	TLS       *fakeTLS          `toml:"tls" doc:"Encryption."`
	Retries   int8              `toml:"retries" doc:"How often to try."`
	Ports     []uint16          `toml:"ports" doc:"Ports."`
	Jitter    float64           `toml:"jitter" doc:"Jitter from 0 to 1."`
	KeepAlive bool              `toml:"keep_alive" doc:"Keep connections."`
	Routes    []fakeRoute       `toml:"routes" doc:"Routes."`
	FakeEmbedded
	NotAKey int
}

// FakeEmbedded is exported so that reflection may set its fields.
type FakeEmbedded struct{ FakeTimeout }

// FakeTimeout is embedded two levels deep.
type FakeTimeout struct {
	Timeout Duration `toml:"timeout" doc:"How long to wait."`
}

type fakeTLS struct {
	CA       string `toml:"ca" doc:"File of trusted certificates."`
	Password Secret `toml:"password" doc:"Password of the key."`
}

type fakeRoute struct {
	Match string `toml:"match" doc:"What to match."`
	Keep  *bool  `toml:"keep" doc:"Keep it."`
}

func (h *fakeHTTP) Validate() error {
	var errs []error
	if len(h.Endpoints) == 0 {
		errs = append(errs, &FieldError{Key: "endpoints", Msg: "must not be empty"})
	}
	for _, e := range h.Endpoints {
		if e == "ftp://x" {
			errs = append(errs, &FieldError{Key: "endpoints[1]", Msg: "must begin with http:// or https://"})
		}
	}
	if h.TLS != nil && h.TLS.CA == "" {
		errs = append(errs, errors.Join(&FieldError{Key: "tls.ca", Msg: "must not be empty"}))
	}
	if h.Jitter > 1 {
		errs = append(errs, errors.New("cannot work with that much jitter"))
	}
	return errors.Join(errs...)
}

type fakeNull struct{}

type fakeTime struct {
	Field  string `toml:"field" doc:"The field."`
	Format string `toml:"format" doc:"The format."`
}

func (f *fakeTime) Validate() error {
	if f.Field == "" {
		return &FieldError{Key: "field", Msg: "must not be empty"}
	}
	return nil
}

type fakeStep struct {
	Drop  []string `toml:"drop" doc:"Fields to leave out."`
	If    string   `toml:"if" doc:"When."`
	Token Secret   `toml:"token" doc:"Token."`
}

func (f *fakeStep) Validate() error {
	if f.If == "(" {
		return &FieldError{Key: "if", Msg: "cannot be read"}
	}
	return nil
}

func fakeKinds() Kinds {
	return Kinds{
		Stages: Stages{
			Time: Kind{"time", "Where the time is.", func() any { return &fakeTime{Format: "auto"} }},
			Step: Kind{"fields", "What to change.", func() any { return &fakeStep{} }},
		},
		Readers: []Kind{{"file", "Follows files.", func() any {
			return &fakeFile{StartAt: "end", MaxLine: 1 << 20, PollInterval: Duration(time.Second)}
		}}},
		Parsers: []Kind{
			{"raw", "Leaves lines as they are.", func() any { return &fakeRaw{} }},
			{"nginx", "Reads access logs.", func() any { return &fakeNginx{Format: "combined"} }},
		},
		Senders: []Kind{
			{"http", "Sends over HTTP.", func() any { return &fakeHTTP{Retries: 3, KeepAlive: true} }},
			{"null", "Throws away.", func() any { return &fakeNull{} }},
		},
	}
}
