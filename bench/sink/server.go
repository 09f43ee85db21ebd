package sink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Server listens on loopback for one run.
type Server struct {
	Ledger    *Ledger
	Addrs     []string // where it listens
	listeners []net.Listener
	serve     func(net.Conn) error

	mu    sync.Mutex
	conns map[net.Conn]struct{} // nil once the server stops
}

// Listen opens n ports on loopback, for HTTP or for bare lines over TCP.
func Listen(led *Ledger, n int, tcp bool) (*Server, error) {
	s := &Server{Ledger: led, serve: led.serveHTTP, conns: map[net.Conn]struct{}{}}
	if tcp {
		s.serve = led.serveTCP
	}
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			s.closeListeners()
			return nil, fmt.Errorf("cannot listen: %w", err)
		}
		s.listeners = append(s.listeners, l)
		s.Addrs = append(s.Addrs, l.Addr().String())
	}
	return s, nil
}

func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		l.Close()
	}
}

// Run serves until ctx is done, and closes the ports. What goes wrong on one
// connection is given to complain, which is called from many goroutines, and
// does not end the others.
func (s *Server) Run(ctx context.Context, complain func(error)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		<-ctx.Done()
		s.closeListeners()
		s.mu.Lock()
		defer s.mu.Unlock()
		for c := range s.conns {
			c.Close()
		}
		s.conns = nil
		return nil
	})
	for _, l := range s.listeners {
		group.Go(func() error {
			for {
				c, err := l.Accept()
				if errors.Is(err, net.ErrClosed) {
					return nil
				}
				if err != nil {
					return fmt.Errorf("cannot accept: %w", err)
				}
				group.Go(func() error {
					s.handle(c, complain)
					return nil
				})
			}
		})
	}
	return group.Wait()
}

func (s *Server) handle(c net.Conn, complain func(error)) {
	defer c.Close()
	s.mu.Lock()
	if s.conns == nil {
		s.mu.Unlock()
		return
	}
	s.conns[c] = struct{}{}
	s.mu.Unlock()

	err := s.serve(c)

	s.mu.Lock()
	stopped := s.conns == nil
	delete(s.conns, c)
	s.mu.Unlock()
	if err != nil && !stopped {
		complain(fmt.Errorf("connection from %s: %w", c.RemoteAddr(), err))
	}
}
