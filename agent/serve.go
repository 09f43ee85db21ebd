package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// server is a small HTTP server that heals: what keeps it from listening is said
// once, and tried again, since it may end at any time.
type server struct {
	listen  func() (net.Listener, error)
	handler http.Handler
	// context notes who is at the other end of a connection; nil: it does not matter.
	context func(context.Context, net.Conn) context.Context
	// lost says whether nobody can reach the listener any more; nil: it can't be lost.
	lost    func(net.Listener) bool
	trouble string // what it cannot do, logged with the error
	again   string // what is logged when it can after all
}

// keepServing serves until ctx is done. It tries, and looks whether the listener is
// lost, once in every.
func (a *Agent) keepServing(ctx context.Context, s server, every time.Duration) {
	failing := false
	for ctx.Err() == nil {
		l, err := s.listen()
		if err == nil {
			if failing {
				a.Log.Info("recovered: "+s.again, "address", l.Addr().String())
				failing = false
			}
			err = s.serve(ctx, l, every)
		}
		if err == nil {
			continue
		}
		if !failing {
			a.Log.Error("cannot "+s.trouble, "error", err, "again_in", every.String())
			failing = true
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
		}
	}
}

// serve returns nil when ctx is done or the listener is lost.
func (s *server) serve(ctx context.Context, l net.Listener, every time.Duration) error {
	if s.lost == nil {
		return s.serveUntil(ctx, l)
	}
	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	defer watch.Wait()
	defer cancel()
	watch.Go(func() {
		defer cancel()
		tick := time.NewTicker(every)
		defer tick.Stop()
		for !s.lost(l) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
	return s.serveUntil(ctx, l)
}

// connectionsMost is how many connections there may be at each address.
const connectionsMost = 64

// serveUntil serves until ctx is done.
func (s *server) serveUntil(ctx context.Context, l net.Listener) error {
	few := newHouse(l, connectionsMost)
	h := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
		ConnContext: s.context, ConnState: few.state,
		// What a client does wrong with its connection is its own affair, and would fill the log.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { h.Close() })
	defer stop()
	if err := h.Serve(few); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("cannot serve on %s: %w", l.Addr(), err)
	}
	return nil
}
