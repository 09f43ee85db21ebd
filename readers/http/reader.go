package http

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"logskiff/readers"
	"logskiff/readers/inbox"
	"logskiff/record"
)

// Env is what the reader needs besides its settings.
type Env struct {
	Log *slog.Logger
	// Origin is the source's own: its name and tags mark what comes without a header,
	// and its tags are added to those that come with one. nil: none.
	Origin *record.Origin
	// Claim says whether a client may send a stream; nil: nobody knows.
	Claim record.Claim
	// Listen opens the socket of Config.Listen; nil: a new one.
	Listen readers.Listen
}

// Counters is what the reader has seen since it began.
type Counters struct {
	Requests atomic.Int64 // all
	Accepted atomic.Int64 // answered 200
	Records  atomic.Int64 // in accepted requests
	Garbage  atomic.Int64 // answered 4xx
	Busy     atomic.Int64 // answered 503
	Foreign  atomic.Int64 // answered 409
	Wordless atomic.Int64 // of those answered 503: only the word of the stream's agent is missing
	Refusals refusals     // all that were not answered 200
}

// Reader is reader.http. It is a readers.Reader but not Resumable: its clients
// keep what is not acknowledged.
type Reader struct {
	cfg      Config
	log      *slog.Logger
	origin   *record.Origin
	claim    record.Claim
	server   *http.Server
	queue    *inbox.Queue
	budget   *inbox.Budget
	arrivals inbox.Arrivals
	house    *house
	decoders chan *decoder
	Counters Counters

	complained atomic.Int64 // second of the last word about a refusal

	listen readers.Listen
	mu     sync.Mutex
	addr   net.Addr
	shut   string // why nothing is listened on; "": it is
	up     chan struct{}
}

var _ readers.Receiver = (*Reader)(nil)

// New checks the settings and loads the certificates. It does not listen yet.
func New(cfg Config, env Env) (*Reader, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	tlsConfig, err := cfg.TLS.load()
	if err != nil {
		return nil, err
	}
	if env.Origin == nil {
		env.Origin = &record.Origin{}
	}
	if env.Listen == nil {
		env.Listen = new(net.ListenConfig).Listen
	}
	r := &Reader{
		cfg: cfg, log: env.Log, origin: env.Origin, listen: env.Listen, claim: env.Claim,
		queue:    inbox.NewQueue(),
		budget:   inbox.NewBudget(int64(cfg.Queue)),
		decoders: make(chan *decoder, runtime.GOMAXPROCS(0)),
		up:       make(chan struct{}), shut: "does not listen yet",
	}
	for range cap(r.decoders) {
		r.decoders <- new(decoder)
	}
	r.house = newHouse(cfg.Connections, cfg.TLS.Cert != "", r.budget)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+cfg.Path, r.serve)
	r.server = &http.Server{
		Handler:           r.route(mux),
		TLSConfig:         tlsConfig,
		ReadHeaderTimeout: cfg.HeaderTimeout.Std(),
		IdleTimeout:       cfg.IdleTimeout.Std(),
		MaxHeaderBytes:    maxHeader,
		ConnState:         r.house.note,
		ConnContext:       remember,
		ErrorLog:          slog.NewLogLogger(env.Log.Handler(), slog.LevelDebug),
		Protocols:         new(http.Protocols), // HTTP/1.1 alone: bulk bodies gain nothing from streams
	}
	r.server.Protocols.SetHTTP1(true)
	return r, nil
}

// Run listens and serves until ctx is done. An address that cannot be listened on
// (another process has it) is reported and tried again.
func (r *Reader) Run(ctx context.Context) error {
	if r.cfg.exposed() {
		r.log.Warn("insecure: anyone who can reach this address can send records: no token and no client certificate is asked for", "address", r.cfg.Listen)
	}
	defer r.queue.Close()
	for said := ""; ; {
		l, err := r.open(ctx)
		if err == nil {
			said = ""
			if err = r.serveOn(ctx, l); err == nil {
				return nil
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		r.setShut(err.Error())
		if err.Error() != said {
			said = err.Error()
			r.log.Error("cannot receive batches; trying again each second", "error", err)
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil
		}
	}
}

func (r *Reader) open(ctx context.Context) (net.Listener, error) {
	l, err := r.listen(ctx, "tcp", r.cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", r.cfg.Listen, err)
	}
	return l, nil
}

// serveOn serves until ctx is done (then it returns nil, with the listener closed
// and requests still going on) or the listener fails.
func (r *Reader) serveOn(ctx context.Context, l net.Listener) error {
	r.mu.Lock()
	if r.addr == nil {
		close(r.up)
	}
	r.addr, r.shut = l.Addr(), ""
	r.mu.Unlock()
	r.log.Info("listening: receiving batches", "address", l.Addr().String(), "url_path", r.cfg.Path, "tls", r.cfg.TLS.Cert != "")

	stop := context.AfterFunc(ctx, func() {
		r.server.SetKeepAlivesEnabled(false)
		l.Close()
	})
	defer stop()
	var err error
	if r.cfg.TLS.Cert != "" {
		err = r.server.ServeTLS(r.house.listen(l), "", "")
	} else {
		err = r.server.Serve(r.house.listen(l))
	}
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(fmt.Errorf("cannot accept connections: %w", err), l.Close())
}

func (r *Reader) setShut(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shut = why
}

// Received takes a snapshot of the counters.
func (r *Reader) Received() readers.Received {
	r.mu.Lock()
	shut := r.shut
	r.mu.Unlock()
	if shut == "" {
		shut = r.house.scarce(time.Now())
	}
	return readers.Received{
		Trouble:  shut,
		Requests: r.Counters.Requests.Load(), Accepted: r.Counters.Accepted.Load(), Records: r.Counters.Records.Load(), Refused: r.Counters.Garbage.Load(),
		Foreign: r.Counters.Foreign.Load(), Busy: r.Counters.Busy.Load(), Wordless: r.Counters.Wordless.Load(), Refusals: r.Counters.Refusals.byName(),
		Connections: r.house.Count(), ConnectionsMax: int64(r.cfg.Connections), Closed: r.house.Closed(), Turned: r.house.Turned(),
		Memory: r.budget.Used(), MemoryMax: r.budget.Size(),
	}
}

// Listening is closed once Addr has something to say.
func (r *Reader) Listening() <-chan struct{} { return r.up }

// Addr returns the address that is listened on, nil before there is one.
func (r *Reader) Addr() net.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.addr
}

// Fill appends records of waiting requests to b. A request that does not fit goes
// on in the next batch.
func (r *Reader) Fill(b *record.Batch, l record.Limits) (more bool) { return r.queue.Fill(b, l) }

// Ready receives a token when requests wait.
func (r *Reader) Ready() <-chan struct{} { return r.queue.Ready() }

// Done answers the requests that have nothing left but b.
func (r *Reader) Done(b *record.Batch, delivered bool) { r.queue.Done(b, delivered) }

// Close lets answers that are being written go out, for a second at most, and
// closes all connections.
func (r *Reader) Close() error {
	r.queue.Close()
	defer r.house.wait()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := r.server.Shutdown(ctx); err == nil {
		return nil
	}
	return r.server.Close()
}
