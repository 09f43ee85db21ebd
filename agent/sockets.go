package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/readers"
)

// noteSockets warns of inherited sockets that no source listens on: nobody refuses the
// clients that connect there, and nobody answers them.
func (a *Agent) noteSockets(ctx context.Context) {
	if a.Sockets.Len() == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // names of hosts are resolved
	defer cancel()
	for _, s := range a.Sockets.Unwanted(ctx, listenAddresses(a.config())) {
		a.Log.Warn("unused: no source listens on a socket that was inherited, so whoever connects to it waits in vain; set listen of a source to its address, or stop its unit",
			"address", s.Address, "unit", s.Name)
	}
}

// listenAddresses returns the addresses that sources listen on; paused ones do not.
func listenAddresses(cfg *conf.Config) (addresses []readers.Address) {
	for _, source := range cfg.Sources {
		if source.Paused {
			continue
		}
		addresses = append(addresses, kinds.Listens(source.Reader)...)
	}
	return addresses
}

// checkAddresses finds out whether what a new configuration wants to listen on can be
// listened on, while the old one still does on its own. An address whose port one of
// the old sources has is left out: the two may stand in each other's way.
func (a *Agent) checkAddresses(old, cfg *conf.Config) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // names of hosts are resolved
	defer cancel()
	var ours []readers.Address
	for _, address := range listenAddresses(old) {
		ours = append(ours, portOf(address))
	}
	var errs []error
	for _, address := range listenAddresses(cfg) {
		if slices.Contains(ours, portOf(address)) {
			continue
		}
		if err := a.tryAddress(ctx, address); err != nil {
			errs = append(errs, fmt.Errorf("cannot listen on %s, so nothing was changed; free the address or set listen to another one: %w", address, err))
		}
	}
	return errors.Join(errs...)
}

// tryAddress listens there for a moment.
func (a *Agent) tryAddress(ctx context.Context, at readers.Address) error {
	var l io.Closer
	var err error
	if at.Packets() {
		l, err = a.Sockets.ListenPacket(ctx, at.Network, at.Address)
	} else {
		l, err = a.Sockets.Listen(ctx, at.Network, at.Address)
	}
	if err != nil {
		return err
	}
	return l.Close()
}

// portOf returns the address without its host.
func portOf(a readers.Address) readers.Address {
	if _, port, err := net.SplitHostPort(a.Address); err == nil {
		a.Address = port
	}
	return a
}
