package sdlisten_test

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"logskiff/agent/sdlisten"
	"logskiff/agent/sdlisten/sdlistentest"
	"logskiff/readers"
)

func say(t *testing.T, at net.Addr, text string) {
	t.Helper()
	c, err := net.Dial(at.Network(), at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

// Datagrams wait while nobody receives them, whoever had the socket before.
func TestAPacketSocketIsTakenAgainAndDatagramsWaitMeanwhile(t *testing.T) {
	f := func(network, address string, cut func(c net.PacketConn, p []byte) (n, flags int, err error)) {
		t.Helper()
		s, at := sdlistentest.Inherit(t, network, address)
		for _, text := range []string{"one", "two", "three"} {
			say(t, at, text)
			c, err := s.ListenPacket(t.Context(), network, at.String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.ListenPacket(t.Context(), network, at.String()); !errors.Is(err, unix.EADDRINUSE) || !strings.Contains(err.Error(), "test.socket") {
				t.Fatalf("%s: a second one receives there as well: %v", network, err)
			}
			p := make([]byte, 3)
			if n, flags, err := cut(c, p); err != nil || string(p[:n]) != text[:3] || (flags&unix.MSG_TRUNC != 0) != (len(text) > 3) {
				t.Fatalf("%s: got %q, flags %x, %v", network, p[:n], flags, err)
			}
			for range 2 {
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if rest := s.Unwanted(t.Context(), []readers.Address{{Network: network, Address: at.String()}}); len(rest) != 0 {
			t.Errorf("%s: %v is not wanted", network, rest[0])
		}
		if rest := s.Unwanted(t.Context(), []readers.Address{{Network: "tcp", Address: at.String()}}); len(rest) != 1 {
			t.Errorf("%s: a socket for datagrams is taken for one of TCP", network)
		}
	}
	f("udp", "127.0.0.1:0", func(c net.PacketConn, p []byte) (int, int, error) {
		n, _, flags, _, err := c.(interface {
			ReadMsgUDPAddrPort(b, oob []byte) (n, oobn, flags int, addr netip.AddrPort, err error)
		}).ReadMsgUDPAddrPort(p, nil)
		return n, flags, err
	})
	f("unixgram", filepath.Join(t.TempDir(), "socket"), func(c net.PacketConn, p []byte) (int, int, error) {
		n, _, flags, _, err := c.(interface {
			ReadMsgUnix(b, oob []byte) (n, oobn, flags int, addr *net.UnixAddr, err error)
		}).ReadMsgUnix(p, nil)
		return n, flags, err
	})
}

func TestClosingEndsAReceive(t *testing.T) {
	s, at := sdlistentest.Inherit(t, "udp", "127.0.0.1:0")
	c, err := s.ListenPacket(t.Context(), "udp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, _, err := c.ReadFrom(make([]byte, 1))
		ended <- err
	}()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("it ended with %v", err)
	}
}

// A Unix socket's name stays behind when its process is killed. Nobody answers there then, and
// the next one takes it over; from one that lives it is never taken.
func TestTheNameOfADeadUnixSocketIsTakenOver(t *testing.T) {
	var s *sdlisten.Sockets
	f := func(network string, open func(path string) (closer func() error, err error)) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "socket")
		fd, err := unix.Socket(unix.AF_UNIX, map[string]int{"unix": unix.SOCK_STREAM, "unixgram": unix.SOCK_DGRAM}[network], 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(unix.Bind(fd, &unix.SockaddrUnix{Name: path}), unix.Close(fd)); err != nil {
			t.Fatal(err)
		}
		stop, err := open(path)
		if err != nil {
			t.Fatalf("%s: %v", network, err)
		}
		if _, err := open(path); !errors.Is(err, unix.EADDRINUSE) {
			t.Errorf("%s: it is taken from who listens there: %v", network, err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the name stays when it is closed: %v", network, err)
		}
		if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := open(path); err == nil {
			t.Errorf("%s: a file is taken for a socket", network)
		}
	}
	f("unix", func(path string) (func() error, error) {
		l, err := s.Listen(t.Context(), "unix", path)
		if err != nil {
			return nil, err
		}
		return l.Close, nil
	})
	f("unixgram", func(path string) (func() error, error) {
		c, err := s.ListenPacket(t.Context(), "unixgram", path)
		if err != nil {
			return nil, err
		}
		return c.Close, nil
	})
}
