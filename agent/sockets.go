package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"logskiff/conf"
	"logskiff/kinds"
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
		a.Log.Warn("no source listens on a socket that was inherited, so whoever connects to it waits in vain; set listen of a source to its address, or stop its unit",
			"address", s.Address, "unit", s.Name)
	}
}

// listenAddresses returns the addresses that sources listen on.
func listenAddresses(cfg *conf.Config) (addresses []string) {
	for _, source := range cfg.Sources {
		if address, ok := kinds.Listens(source.Reader); ok {
			addresses = append(addresses, address)
		}
	}
	return addresses
}

// checkAddresses finds out whether what a new configuration wants to listen on can be
// listened on, while the old one still does on its own. An address whose port one of
// the old sources has is left out: the two may stand in each other's way.
func (a *Agent) checkAddresses(old, cfg *conf.Config) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // names of hosts are resolved
	defer cancel()
	var ours []string
	for _, address := range listenAddresses(old) {
		ours = append(ours, portOf(address))
	}
	var errs []error
	for _, address := range listenAddresses(cfg) {
		if slices.Contains(ours, portOf(address)) {
			continue
		}
		l, err := a.Sockets.Listen(ctx, "tcp", address)
		if err == nil {
			err = l.Close()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("cannot listen on %s, so nothing was changed; free the address or set listen to another one: %w", address, err))
		}
	}
	return errors.Join(errs...)
}

func portOf(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return port
}
