package readers

import (
	"context"
	"net"
)

// Listen opens a listening socket on an address, as net.ListenConfig does. The agent
// gives readers that listen one which knows the sockets that the process inherited: a
// reader that closes its listener and listens again gets the same socket. It is lent to one at a time, and is free once
// Close has returned: Run must not return while another goroutine (context.AfterFunc) is about to close it, so it
// calls Close itself too, which waits for that.
type Listen func(ctx context.Context, network, address string) (net.Listener, error)

// ListenPacket opens a socket for datagrams ("udp", "unixgram") in the same way. What it returns has the methods of
// *net.UDPConn or *net.UnixConn too, of which ReadMsgUDPAddrPort and ReadMsgUnix say that a datagram
// was cut off. Datagrams that come while no reader has an inherited socket wait in the kernel, as many as
// its receive buffer holds.
type ListenPacket func(ctx context.Context, network, address string) (net.PacketConn, error)

// Address is a place where a reader listens.
type Address struct {
	Network string // "tcp", "udp", "unix" or "unixgram"
	Address string // host and port, or a path
}

// Packets reports whether datagrams are received there.
func (a Address) Packets() bool { return a.Network == "udp" || a.Network == "unixgram" }

// String returns it as messages name it.
func (a Address) String() string {
	if a.Network == "tcp" {
		return a.Address
	}
	return a.Network + " " + a.Address
}
