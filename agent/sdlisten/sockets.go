package sdlisten

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Socket is an inherited listening socket. It stays open as long as the process lives.
type Socket struct {
	Name    string // FileDescriptorName=, by default the name of the socket unit
	Address string // what it listens on

	fd  int
	at  netip.AddrPort // not valid: it is not one of TCP
	out bool           // somebody accepts on it; guarded by Sockets.mu
}

// Sockets are the inherited ones. A nil *Sockets has none.
type Sockets struct {
	mu  sync.Mutex
	all []*Socket
}

// Open takes over the descriptors from first on, one for each name. They are closed
// when the process runs another program. An error says which ones are no listening sockets.
func Open(first int, names []string) (*Sockets, error) {
	s := &Sockets{}
	var errs []error
	for i, name := range names {
		socket, err := open(first+i, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("cannot use inherited descriptor %d (%s): %w", first+i, name, err))
			continue
		}
		s.all = append(s.all, socket)
	}
	return s, errors.Join(errs...)
}

func open(fd int, name string) (*Socket, error) {
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
		return nil, fmt.Errorf("cannot have it closed on exec: %w", err)
	}
	switch listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); {
	case err != nil:
		return nil, fmt.Errorf("cannot ask whether it listens: %w", err)
	case listens == 0:
		return nil, errors.New("it does not listen for connections (ListenStream= makes one that does)")
	}
	l, err := listener(fd)
	if err != nil {
		return nil, err
	}
	s := &Socket{Name: name, fd: fd, Address: l.Addr().String()}
	if tcp, ok := l.Addr().(*net.TCPAddr); ok {
		s.at = plain(tcp.AddrPort())
	}
	return s, l.Close()
}

// listener returns one with a descriptor of its own: to close it does not close fd.
func listener(fd int) (net.Listener, error) {
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot copy the descriptor: %w", err)
	}
	f := os.NewFile(uintptr(own), "inherited socket")
	l, err := net.FileListener(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("cannot listen with it: %w", err)
	}
	return l, nil
}

// Listen is net.ListenConfig's, but an inherited socket that listens on that address
// already is taken. It is lent to one at a time: whoever closes the listener gives it
// back, and meanwhile connections wait.
func (s *Sockets) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	socket, err := s.find(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if socket == nil {
		return new(net.ListenConfig).Listen(ctx, network, address)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if socket.out {
		return nil, fmt.Errorf("the inherited socket of %s is in use by another source: %w", socket.Name, unix.EADDRINUSE)
	}
	l, err := listener(socket.fd)
	if err != nil {
		return nil, fmt.Errorf("the inherited socket of %s: %w", socket.Name, err)
	}
	socket.out = true
	return &lent{Listener: l, giveBack: func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		socket.out = false
	}}, nil
}

// Unwanted returns the sockets that listen on none of these addresses of TCP. An address
// whose name cannot be resolved is none.
func (s *Sockets) Unwanted(ctx context.Context, addresses []string) []*Socket {
	if s == nil {
		return nil
	}
	wanted := map[*Socket]bool{}
	for _, address := range addresses {
		if socket, err := s.find(ctx, "tcp", address); err == nil {
			wanted[socket] = true
		}
	}
	var rest []*Socket
	for _, socket := range s.all {
		if !wanted[socket] {
			rest = append(rest, socket)
		}
	}
	return rest
}

// Len returns how many there are.
func (s *Sockets) Len() int {
	if s == nil {
		return 0
	}
	return len(s.all)
}

// lent is a listener on an inherited socket.
type lent struct {
	net.Listener
	once     sync.Once
	giveBack func()
}

// Close returns only after the socket can be lent again, whoever else closes it meanwhile.
func (l *lent) Close() (err error) {
	l.once.Do(func() {
		err = l.Listener.Close()
		l.giveBack()
	})
	return err
}
