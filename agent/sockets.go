package agent

import (
	"context"
	"time"

	"logskiff/conf"
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
		kind := find(readerKinds(), source.Reader.Kind, func(k readerKind) string { return k.Name })
		if kind.listens != nil {
			addresses = append(addresses, kind.listens(source.Reader.Settings))
		}
	}
	return addresses
}
