package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"logskiff/record/template"
	"logskiff/senders"
	"logskiff/senders/encode"
)

// Env is what the agent lends the sender.
type Env struct {
	Log     *slog.Logger
	Version string // of the program, which brokers are told
}

// endpoint is a cluster. It implements senders.Endpoint.
type endpoint struct {
	cfg        Config
	name, hide string
	topic, key *template.Template // cloned for each lane
	codec      codec
	client     *kgo.Client
	options    []kgo.Opt
	dialer     *dialer
	topics     *topics
	lanes      lanes
	presses    *presses
	ratio      ratio
	closed     atomic.Bool
}

// New builds the sender of a validated Config. It reads the certificate files and fails when they
// cannot be used; it connects to nothing.
func New(cfg Config, env Env) (*senders.Sender, error) {
	e, err := build(cfg, env)
	if err != nil {
		return nil, err
	}
	value, err := cfg.valueTemplate()
	if err != nil {
		return nil, err
	}
	newEncoder := func() senders.Encoder { return encode.NewNDJSON(cfg.Repeat) }
	switch {
	case value != nil:
		newEncoder = func() senders.Encoder { return newTemplateValues(value) }
	case cfg.Value == valueRaw:
		newEncoder = func() senders.Encoder { return rawValues{} }
	}
	return &senders.Sender{
		Endpoints:     []senders.Endpoint{e},
		Strategy:      senders.Failover,
		Ends:          true,
		Ordered:       cfg.Order,
		AsRead:        cfg.Value == valueRaw,
		NewEncoder:    newEncoder,
		NewCompressor: encode.NewNone, // record batches are compressed, not bodies
	}, nil
}

func build(cfg Config, env Env) (*endpoint, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	e := &endpoint{cfg: cfg, name: "kafka://" + strings.Join(cfg.Brokers, ","), hide: cfg.SASL.Password.Reveal()}
	var err error
	if e.topic, err = cfg.topicTemplate(); err != nil {
		return nil, err
	}
	if e.key, err = cfg.keyTemplate(); err != nil {
		return nil, err
	}
	if e.dialer, err = newDialer(&cfg, env.Log); err != nil {
		return nil, err
	}
	e.options = cfg.options(e.dialer, env.Version)
	if e.client, err = kgo.NewClient(e.options...); err != nil {
		return nil, fmt.Errorf("cannot build the client: %w", err)
	}
	cfg.warn(env.Log)
	c, compressor := codecOf(cfg.Compression)
	e.codec, e.presses = c, newPresses(compressor)
	e.topics = &topics{
		ask: func(ctx context.Context, r *kmsg.MetadataRequest) (*kmsg.MetadataResponse, error) {
			return r.RequestWith(ctx, e.client)
		},
		auto: cfg.AutoCreate, turn: make(chan struct{}, 1), all: map[string]*topic{},
	}
	return e, nil
}

// options are those of franz-go's client, of which only connections are used.
func (c *Config) options(d *dialer, version string) []kgo.Opt {
	all := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...),
		kgo.ClientID("logskiff"),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.Dialer(d.dial),
		kgo.DisableClientMetrics(),
		kgo.RequestRetries(2), // of metadata and producer ids, at other brokers; batches are sent once
		kgo.RetryBackoffFn(func(int) time.Duration { return 100 * time.Millisecond }),
		kgo.RetryTimeout(c.Timeout.Std()),
		kgo.RequestTimeoutOverhead(max(c.Timeout.Std(), time.Second)),
	}
	if version = versionFor(version); version != "" {
		all = append(all, kgo.SoftwareNameAndVersion("logskiff", version))
	}
	if m := c.SASL.mechanism(); m != nil {
		all = append(all, kgo.SASL(m))
	}
	return all
}

// versionFor returns a version with what brokers take in one alone (KIP-511).
func versionFor(version string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '.' || r == '-' {
			return r
		}
		return '-'
	}, version), ".-")
}

func (e *endpoint) Name() string { return e.name }

// Send makes one attempt with one body.
func (e *endpoint) Send(ctx context.Context, p *senders.Payload) senders.Result {
	if err := ctx.Err(); err != nil {
		return senders.Result{Class: senders.Retry, Reason: "not sent: " + err.Error()}
	}
	if e.closed.Load() {
		return senders.Result{Class: senders.Retry, Reason: "not sent: the sender is closed"}
	}
	if p.Last <= p.First {
		return senders.Result{}
	}
	within, cancel := context.WithTimeout(ctx, e.cfg.Timeout.Std())
	defer cancel()
	first := identityOf(p.Batch, p.First)
	l := e.lanes.take(first)
	defer e.lanes.give(l)
	a := attempt{endpoint: e, p: p, lane: l, first: first, began: time.Now()}
	return a.run(within)
}

// Probe finds out whether any broker answers.
func (e *endpoint) Probe(ctx context.Context) error { return e.client.Ping(ctx) }

// Close ends all connections. What is under way ends with them.
func (e *endpoint) Close() error {
	e.closed.Store(true)
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.client.Close()
	}()
	limit := time.NewTimer(senders.CloseTime - time.Second)
	defer limit.Stop()
	select {
	case <-done:
		return nil
	case <-limit.C:
		return fmt.Errorf("cannot close the connections to %s within %s: they are left behind", e.name, senders.CloseTime-time.Second)
	}
}
