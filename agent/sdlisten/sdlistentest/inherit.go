// Package sdlistentest gives tests sockets as systemd passes them. It must not be
// imported but by tests.
package sdlistentest

import (
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"logskiff/agent/sdlisten"
)

// Inherit listens on an address, or receives datagrams there, and passes the socket on under the name test.socket. It
// stays open until the test ends.
func Inherit(t testing.TB, network, address string) (*sdlisten.Sockets, net.Addr) {
	t.Helper()
	var l interface{ Close() error }
	var at net.Addr
	if network == "udp" || network == "unixgram" {
		c, err := net.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		l, at = c, c.LocalAddr()
	} else {
		c, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		l, at = c, c.Addr()
	}
	defer l.Close()
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	f, err := l.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 50)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	})
	s, err := sdlisten.Open(fd, []string{"test.socket"})
	if err != nil {
		t.Fatal(err)
	}
	return s, at
}
