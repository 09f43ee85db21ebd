package agent

import (
	"errors"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"logskiff/readers"
)

// A reload to an address that is taken is refused, of connections and of datagrams, which have ports of their own.
func TestAnAddressIsTriedBeforeItIsListenedOn(t *testing.T) {
	a := &Agent{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f := func(network, address string, taken bool) {
		t.Helper()
		at := readers.Address{Network: network, Address: address}
		for range 2 { // it was given back
			if err := a.tryAddress(t.Context(), at); errors.Is(err, unix.EADDRINUSE) != taken || err != nil && !taken {
				t.Errorf("%s: %v", at, err)
			}
		}
	}
	f("tcp", l.Addr().String(), true)
	f("udp", c.LocalAddr().String(), true)
	f("udp", "127.0.0.1:0", false)
	f("unixgram", t.TempDir()+"/socket", false)
	if tcp, udp := (readers.Address{Network: "tcp", Address: "a:1"}), (readers.Address{Network: "udp", Address: "b:1"}); portOf(tcp) == portOf(udp) {
		t.Error("a port of TCP and one of UDP stand in each other's way")
	}
}
