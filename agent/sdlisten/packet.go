package sdlisten

import (
	"context"
	"errors"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"logskiff/readers"
)

// ListenPacket is net.ListenConfig's, but an inherited socket of that address is taken, as Listen does. What
// comes while nobody has it waits, as much as its receive buffer holds.
func (s *Sockets) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	socket, err := s.find(ctx, readers.Address{Network: network, Address: address})
	if err != nil {
		return nil, err
	}
	if socket != nil {
		c, giveBack, err := lend(s, socket, net.FilePacketConn)
		if err != nil {
			return nil, err
		}
		return closing(c, giveBack), nil
	}
	c, err := fresh(network, address, func() (net.PacketConn, error) { return new(net.ListenConfig).ListenPacket(ctx, network, address) })
	if err != nil || network != "unixgram" {
		return c, err
	}
	return closing(c, func() { os.Remove(address) }), nil // who listens there next may have done so already
}

// closing returns c, which calls then once it is closed.
func closing(c net.PacketConn, then func()) net.PacketConn {
	switch c := c.(type) {
	case *net.UDPConn:
		return &lentUDP{UDPConn: c, end: end{then: then}}
	case *net.UnixConn:
		return &lentUnix{UnixConn: c, end: end{then: then}}
	}
	panic("BUG: a packet socket is neither of UDP nor of Unix")
}

type lentUDP struct {
	*net.UDPConn
	end
}

// Close returns only after the socket can be lent again.
func (l *lentUDP) Close() error { return l.close(l.UDPConn) }

type lentUnix struct {
	*net.UnixConn
	end
}

// Close returns only after the socket can be lent again, or its name is gone.
func (l *lentUnix) Close() error { return l.close(l.UnixConn) }

// fresh opens a socket. The name of a Unix socket that a process left behind when it was killed is taken
// over: nobody answers there.
func fresh[T any](network, address string, open func() (T, error)) (T, error) {
	l, err := open()
	if !errors.Is(err, unix.EADDRINUSE) || network != "unix" && network != "unixgram" {
		return l, err
	}
	c, refused := net.Dial(network, address)
	if refused == nil {
		c.Close()
		return l, err
	}
	is, wrong := os.Lstat(address)
	if !errors.Is(refused, unix.ECONNREFUSED) || wrong != nil || is.Mode()&os.ModeSocket == 0 {
		return l, err // it may answer, or is something else
	}
	if err := os.Remove(address); err != nil {
		return l, err
	}
	return open()
}
