package agent

import (
	"context"
	"errors"
	"fmt"
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
		return serve(ctx, l, s.handler)
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
	return serve(ctx, l, s.handler)
}

// serve runs a small HTTP server until ctx is done.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
	}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("cannot serve on %s: %w", l.Addr(), err)
	}
	return nil
}
