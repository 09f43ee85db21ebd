package sdlisten_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"logskiff/agent/sdlisten"
	"logskiff/agent/sdlisten/sdlistentest"
	"logskiff/readers"
)

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestASocketIsTakenAgainAndConnectionsWaitMeanwhile(t *testing.T) {
	s, addr := sdlistentest.Inherit(t, "tcp", "127.0.0.1:0")
	early := dial(t, addr.String())
	for range 3 {
		l, err := s.Listen(t.Context(), "tcp", addr.String())
		if err != nil {
			t.Fatal(err)
		}
		if l.Addr().String() != addr.String() {
			t.Fatalf("it listens on %s, want %s", l.Addr(), addr)
		}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if c.RemoteAddr().String() != early.LocalAddr().String() {
			t.Fatalf("%s was accepted, want %s, which waited", c.RemoteAddr(), early.LocalAddr())
		}
		c.Close()
		if _, err := s.Listen(t.Context(), "tcp", addr.String()); !errors.Is(err, unix.EADDRINUSE) || !strings.Contains(err.Error(), "test.socket") {
			t.Fatalf("a second one listens on it as well: %v", err)
		}
		for range 2 {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
		early = dial(t, addr.String()) // nobody accepts now
	}
}

func TestClosingEndsAnAccept(t *testing.T) {
	s, addr := sdlistentest.Inherit(t, "tcp", "127.0.0.1:0")
	l, err := s.Listen(t.Context(), "tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := l.Accept()
		ended <- err
	}()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept ended with %v", err)
	}
}

func TestWhichAddressesAreTheSame(t *testing.T) {
	f := func(have, want string, same bool) {
		t.Helper()
		probe, err := net.Listen("tcp", have+":0")
		if err != nil {
			t.Logf("not tried with %s: %v", have, err) // no IPv6, say
			return
		}
		probe.Close()
		s, addr := sdlistentest.Inherit(t, "tcp", have+":0")
		_, port, err := net.SplitHostPort(addr.String())
		if err != nil {
			t.Fatal(err)
		}
		if rest := s.Unwanted(t.Context(), []readers.Address{{Network: "tcp", Address: "127.0.0.1:1"}, {Network: "tcp", Address: want + ":" + port}, {Network: "tcp", Address: "nonsense"}}); (len(rest) == 0) != same {
			t.Errorf("%s and %s: %d are not wanted, the same: %v", have, want, len(rest), same)
		}
	}
	f("127.0.0.1", "127.0.0.1", true)
	f("127.0.0.1", "localhost", true)
	f("127.0.0.1", "[::ffff:127.0.0.1]", true)
	f("127.0.0.1", "127.0.0.2", false)
	f("127.0.0.1", "", false)
	f("", "127.0.0.1", false)
	f("[::1]", "[::1]", true)
	f("[::1]", "127.0.0.1", false)
	for _, have := range []string{"", "0.0.0.0", "[::]"} {
		for _, want := range []string{"", "0.0.0.0", "[::]"} {
			f(have, want, true)
		}
	}
}

func TestOtherAddressesAreOpenedAnew(t *testing.T) {
	f := func(s *sdlisten.Sockets) {
		t.Helper()
		l, err := s.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	f(nil)
	s, _ := sdlistentest.Inherit(t, "unix", filepath.Join(t.TempDir(), "socket"))
	f(s)
	if rest := s.Unwanted(t.Context(), nil); len(rest) != 1 || rest[0].Name != "test.socket" || !strings.HasSuffix(rest[0].Address, "/socket") {
		t.Errorf("got %v", rest)
	}
	s, addr := sdlistentest.Inherit(t, "tcp", "127.0.0.1:0")
	f(s)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if l, err := s.Listen(cancelled, "tcp", "host.invalid:"+strings.TrimPrefix(addr.String(), "127.0.0.1:")); err == nil {
		t.Errorf("it listens on %s", l.Addr())
	}
}

func TestWhatDoesNotListenIsNoSocketOfOurs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := dial(t, l.Addr().String())
	f, err := c.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := sdlisten.Open(int(f.Fd()), []string{"connected"})
	if s.Len() != 0 || err == nil || !strings.Contains(err.Error(), "(connected): it does not listen") {
		t.Errorf("got %d sockets, %v", s.Len(), err)
	}
	s, err = sdlisten.Open(1<<20, []string{"nothing"})
	if s.Len() != 0 || err == nil || !strings.Contains(err.Error(), "bad file descriptor") {
		t.Errorf("got %d sockets, %v", s.Len(), err)
	}
}
