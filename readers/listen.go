package readers

import (
	"context"
	"net"
)

// Listen opens a listening socket on an address, as net.ListenConfig does. The agent
// gives readers that listen one which knows the sockets that the process inherited: a
// reader that closes its listener and listens again gets the same socket.
type Listen func(ctx context.Context, network, address string) (net.Listener, error)
