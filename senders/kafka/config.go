package kafka

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"logskiff/conf"
	"logskiff/record/template"
	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/httpclient"
)

// Values of Config.Value that are no templates.
const (
	valueNDJSON = "ndjson"
	valueRaw    = "raw"
)

// Config is the table of `[[sender]] kafka = {...}`.
type Config struct {
	Brokers        []string      `toml:"brokers" example:"[\"kafka-1:9092\"]" doc:"Some brokers of the cluster, as host:port, which tell of the others. At least one is needed."`
	Topic          string        `toml:"topic" example:"\"logs-{source}\"" doc:"Topic of a record, a template: {source}, {host}, {tags.NAME}, {time:%Y.%m.%d} and fields. What a topic cannot have in its name is replaced by _ in values. A record that lacks what the template names goes to quarantine: write {NAME:-default}. Required."`
	Key            string        `toml:"key" example:"\"{remote_addr}\"" doc:"Key of a record, a template. Records of one key go to one partition, chosen as Kafka's own clients do. Without it, or where a record lacks what it names, there is no key, and the records of one batch share a partition."`
	Value          string        `toml:"value" doc:"Value of a record: ndjson (one JSON object with all fields), raw (the line as it was read; not for sources with fields steps), or a template such as {message}. A record that lacks what a template names goes to quarantine."`
	Headers        []string      `toml:"headers" doc:"Record headers that say where a record came from, any of stream, offset, host, source, path. Stream and offset are its identity, by which a consumer recognises repeats."`
	Repeat         []string      `toml:"repeat" doc:"What to write into every ndjson value, too: any of stream, host, source, path, tags."`
	Compression    string        `toml:"compression" doc:"Compression of record batches: zstd, lz4, snappy, gzip or none."`
	Order          bool          `toml:"order" doc:"Keep the order of the records of a key, or of all where there is one partition: batches of a source are sent one after another, which is slower, and a topic or partition that takes nothing stops its sources."`
	MaxMessage     conf.Size     `toml:"max_message" doc:"Largest record batch, compressed, that the topics take: what brokers call message.max.bytes. A smaller limit of a topic is found out by itself. A single record that is too large goes to quarantine."`
	AutoCreate     bool          `toml:"auto_create" doc:"Ask for unknown topics to be created, where the brokers allow that."`
	Timeout        conf.Duration `toml:"timeout" doc:"Longest time for one attempt to send a batch, answers included."`
	ConnectTimeout conf.Duration `toml:"connect_timeout" doc:"Longest time to open a connection, TLS included."`
	SASL           SASL          `toml:"sasl"`
	TLS            TLS           `toml:"tls"`
}

// SASL is how the brokers know who sends.
type SASL struct {
	Mechanism string      `toml:"mechanism" example:"\"SCRAM-SHA-512\"" doc:"PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."`
	Username  string      `toml:"username" example:"\"logskiff\"" doc:"Name of the user."`
	Password  conf.Secret `toml:"password" example:"\"${KAFKA_PASSWORD}\"" doc:"Password of the user."`
}

// TLS is how the brokers are trusted, and how they know this host.
type TLS struct {
	Enabled bool `toml:"enabled" doc:"Speak TLS. Any other key of this table turns it on, too."`
	httpclient.TLS
}

func (t *TLS) on() bool { return *t != (TLS{}) }

// Default returns the settings used for what is not set.
func Default() Config {
	return Config{
		Value: valueNDJSON, Compression: "zstd", Headers: []string{"stream", "offset", "host", "source"},
		MaxMessage: 1_000_000, Timeout: conf.Duration(30 * time.Second), ConnectTimeout: conf.Duration(5 * time.Second),
	}
}

// headerNames are what Config.Headers may name.
var headerNames = [...]string{"stream", "offset", "host", "source", "path"}

// Validate returns one *conf.FieldError for each wrong key, joined.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, msg, hint string) { errs = append(errs, &conf.FieldError{Key: key, Msg: msg, Hint: hint}) }
	if len(c.Brokers) == 0 {
		bad("brokers", "must name at least one broker", `write brokers = ["kafka-1:9092"]`)
	}
	for i, b := range c.Brokers {
		if msg := checkBroker(b); msg != "" {
			bad("brokers", fmt.Sprintf("%q %s", b, msg), `write "host:port"; 9092 is the usual port`)
		}
		if slices.Contains(c.Brokers[:i], b) {
			bad("brokers", fmt.Sprintf("%q is named twice", b), "remove one of them")
		}
	}
	if c.Topic == "" {
		bad("topic", "is missing", `write for example topic = "logs-{source}"`)
	} else {
		_, err := c.topicTemplate()
		errs = append(errs, err)
	}
	_, err := c.keyTemplate()
	errs = append(errs, err)
	_, err = c.valueTemplate()
	errs = append(errs, err,
		httpclient.CheckChoice("compression", c.Compression, "zstd", "lz4", "snappy", "gzip", "none"))
	for i, h := range c.Headers {
		switch {
		case !slices.Contains(headerNames[:], h):
			bad("headers", fmt.Sprintf("%q is not known", h), "name some of "+strings.Join(headerNames[:], ", "))
		case slices.Contains(c.Headers[:i], h):
			bad("headers", fmt.Sprintf("%q is named twice", h), "remove one of them")
		}
	}
	if err := encode.CheckRepeat(c.Repeat); err != nil {
		bad("repeat", err.Error(), "name some of stream, host, source, path, tags")
	}
	if len(c.Repeat) > 0 && c.Value != valueNDJSON {
		bad("repeat", "has no effect on values that are no ndjson", "remove it, or change value")
	}
	if c.MaxMessage < 1<<10 || c.MaxMessage > 64<<20 {
		bad("max_message", "must be from 1KiB to 64MiB", "1MB is the default, and Kafka's own")
	}
	if c.Timeout.Std() < 100*time.Millisecond {
		bad("timeout", "must be at least 100ms", "30s is the default")
	}
	if c.ConnectTimeout.Std() < 10*time.Millisecond {
		bad("connect_timeout", "must be at least 10ms", "5s is the default")
	}
	c.checkSASL(bad)
	return errors.Join(append(errs, c.TLS.Check()...)...)
}

func (c *Config) checkSASL(bad func(key, msg, hint string)) {
	if c.SASL == (SASL{}) {
		return
	}
	if err := httpclient.CheckChoice("", c.SASL.Mechanism, mechanisms...); err != nil {
		what := &conf.FieldError{}
		errors.As(err, &what)
		bad("sasl.mechanism", what.Msg, what.Hint)
	}
	if c.SASL.Username == "" {
		bad("sasl.username", "is missing", `add username = "..."`)
	}
	if c.SASL.Password == "" {
		bad("sasl.password", "is missing", `add password = "..."`)
	}
}

// checkBroker says what is wrong with an address, or "".
func checkBroker(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		if strings.Contains(addr, "://") {
			return "is a URL"
		}
		return "has no port"
	}
	if msg := conf.CheckHost(host); msg != "" {
		return "names no host: it " + msg
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Sprintf("has the port %q, which is no number from 1 to 65535", port)
	}
	return ""
}

// CheckFiles finds out whether the certificate files can be used.
func (c *Config) CheckFiles() error { return c.TLS.CheckFiles() }

func (c *Config) topicTemplate() (*template.Template, error) {
	return senders.CompileTemplate("topic", c.Topic, template.Options{Safe: template.ForTopic()})
}

// keyTemplate returns nil where there is no key.
func (c *Config) keyTemplate() (*template.Template, error) {
	if c.Key == "" {
		return nil, nil
	}
	return senders.CompileTemplate("key", c.Key, template.Options{})
}

// valueTemplate returns nil where the value is ndjson or the line.
func (c *Config) valueTemplate() (*template.Template, error) {
	switch {
	case c.Value == valueNDJSON || c.Value == valueRaw:
		return nil, nil
	case !strings.Contains(c.Value, "{"):
		return nil, &conf.FieldError{Key: "value", Msg: fmt.Sprintf("%q is not known", c.Value), Hint: `use ndjson, raw, or a template such as "{message}"`}
	}
	return senders.CompileTemplate("value", c.Value, template.Options{Max: maxValue})
}

// maxValue bounds what a template of a value becomes; a field cannot be longer than its line.
const maxValue = 64 << 20

// Templates returns the templates by their keys, for who knows what fields there are.
func (c *Config) Templates() map[string]*template.Template {
	all := map[string]*template.Template{}
	for key, compile := range map[string]func() (*template.Template, error){"topic": c.topicTemplate, "key": c.keyTemplate, "value": c.valueTemplate} {
		if t, err := compile(); err == nil && t != nil {
			all[key] = t
		}
	}
	return all
}

// warn says what of the settings lets others read or send.
func (c *Config) warn(log *slog.Logger) {
	if c.SASL.Mechanism == "PLAIN" && !c.TLS.on() {
		log.Warn("insecure: sasl PLAIN without tls: anyone on the way can read the password")
	}
}
