package sdlisten

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"logskiff/readers"
)

// find returns the socket of an address, nil if there is none. Addresses that
// stand for all of a host (":7711", "0.0.0.0:7711", "[::]:7711") are the same one: package
// net opens the same socket for each, and which families it has is the unit's to say.
func (s *Sockets) find(ctx context.Context, a readers.Address) (*Socket, error) {
	if s.Len() == 0 {
		return nil, nil
	}
	if a.Network == "unix" || a.Network == "unixgram" {
		for _, socket := range s.all {
			if socket.network == a.Network && socket.Address == a.Address {
				return socket, nil
			}
		}
		return nil, nil
	}
	at, err := resolve(ctx, a.Network, a.Address)
	if err != nil {
		return nil, err
	}
	for _, socket := range s.all {
		if socket.network != a.Network || !socket.at.IsValid() || socket.at.Port() != at.Port() {
			continue
		}
		if socket.at.Addr() == at.Addr() || socket.at.Addr().IsUnspecified() && at.Addr().IsUnspecified() {
			return socket, nil
		}
	}
	return nil, nil
}

// resolve finds the address that package net would listen on.
func resolve(ctx context.Context, network, address string) (netip.AddrPort, error) {
	fail := func(err error) (netip.AddrPort, error) {
		return netip.AddrPort{}, fmt.Errorf("cannot tell which address %q is: %w", address, err)
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return fail(err)
	}
	port, err := net.DefaultResolver.LookupPort(ctx, network, service)
	if err != nil {
		return fail(err)
	}
	if host == "" {
		return netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(port)), nil
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return plain(netip.AddrPortFrom(ip, uint16(port))), nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return fail(err)
	}
	best := ips[0]
	for _, ip := range ips {
		if ip.Unmap().Is4() {
			best = ip
			break
		}
	}
	return plain(netip.AddrPortFrom(best, uint16(port))), nil
}

// plain writes an IPv4 address in IPv6 form as what it is.
func plain(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
