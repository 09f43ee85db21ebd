package agent

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
)

// spare lets a listener accept when the process has no descriptor left: it keeps one, and lends it
// to one connection at a time. So metrics and health can be asked for just when they are needed.
type spare struct {
	net.Listener

	mu   sync.Mutex
	kept *os.File // nil: it is lent, or there is none
}

func withSpare(l net.Listener) *spare {
	s := &spare{Listener: l}
	s.keep()
	return s
}

// keep takes a descriptor again, if there is one.
func (s *spare) keep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept, _ = os.Open(os.DevNull) // without one the next connections wait, as they would anyway
	}
}

func (s *spare) giveUp() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		return false
	}
	err := s.kept.Close()
	s.kept = nil
	return err == nil
}

// Accept implements net.Listener.
func (s *spare) Accept() (net.Conn, error) {
	c, err := s.Listener.Accept()
	if !outOfDescriptors(err) {
		s.keep()
		return c, err
	}
	if !s.giveUp() {
		return nil, err
	}
	if c, err = s.Listener.Accept(); err != nil {
		s.keep()
		return nil, err
	}
	return &lentConn{Conn: c, of: s}, nil
}

// Close implements net.Listener.
func (s *spare) Close() error {
	s.giveUp()
	return s.Listener.Close()
}

// lentConn gives the descriptor back.
type lentConn struct {
	net.Conn
	of *spare
}

func (c *lentConn) Close() error {
	err := c.Conn.Close()
	c.of.keep()
	return err
}

func outOfDescriptors(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
