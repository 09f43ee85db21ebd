package sdlisten

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"logskiff/readers"
)

// Socket is an inherited socket that listens, or receives datagrams. It stays open as long as the process lives.
type Socket struct {
	Name    string // FileDescriptorName=, by default the name of the socket unit
	Address string // what it listens on

	fd      int
	network string         // "tcp", "udp", "unix", "unixgram", or one that nobody asks for
	at      netip.AddrPort // of TCP and UDP
	out     bool           // somebody has it; guarded by Sockets.mu
}

// Sockets are the inherited ones. A nil *Sockets has none.
type Sockets struct {
	mu  sync.Mutex
	all []*Socket
}

// Open takes over the descriptors from first on, one for each name. They are closed
// when the process runs another program. An error says which ones can be used for nothing.
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
	listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	if err != nil {
		return nil, fmt.Errorf("cannot ask whether it listens: %w", err)
	}
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return nil, fmt.Errorf("cannot ask of which type it is: %w", err)
	}
	switch {
	case listens != 0:
		l, err := copied(fd, net.FileListener)
		if err != nil {
			return nil, err
		}
		return newSocket(name, fd, l.Addr()), l.Close()
	case kind == unix.SOCK_DGRAM:
		c, err := copied(fd, net.FilePacketConn)
		if err != nil {
			return nil, err
		}
		return newSocket(name, fd, c.LocalAddr()), c.Close()
	}
	return nil, errors.New("it does not listen for connections, nor receive datagrams (ListenStream= and ListenDatagram= make ones that do)")
}

func newSocket(name string, fd int, at net.Addr) *Socket {
	s := &Socket{Name: name, fd: fd, network: at.Network(), Address: at.String()}
	if ip, ok := at.(interface{ AddrPort() netip.AddrPort }); ok {
		s.at = plain(ip.AddrPort())
	}
	return s
}

// copied makes something of a descriptor of its own: to close it does not close fd.
func copied[T any](fd int, open func(*os.File) (T, error)) (T, error) {
	var none T
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return none, fmt.Errorf("cannot copy the descriptor: %w", err)
	}
	f := os.NewFile(uintptr(own), "inherited socket")
	l, err := open(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return none, fmt.Errorf("cannot listen with it: %w", err)
	}
	return l, nil
}

// Listen is net.ListenConfig's, but an inherited socket that listens on that address
// already is taken. It is lent to one at a time: whoever closes the listener gives it
// back, and meanwhile connections wait.
func (s *Sockets) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	socket, err := s.find(ctx, readers.Address{Network: network, Address: address})
	if err != nil {
		return nil, err
	}
	if socket == nil {
		return fresh(network, address, func() (net.Listener, error) { return new(net.ListenConfig).Listen(ctx, network, address) })
	}
	l, giveBack, err := lend(s, socket, net.FileListener)
	if err != nil {
		return nil, err
	}
	return &lent{Listener: l, end: end{then: giveBack}}, nil
}

// lend makes something of an inherited socket, which nobody else gets until it is given back.
func lend[T any](s *Sockets, socket *Socket, open func(*os.File) (T, error)) (l T, giveBack func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if socket.out {
		return l, nil, fmt.Errorf("the inherited socket of %s is in use by another source: %w", socket.Name, unix.EADDRINUSE)
	}
	if l, err = copied(socket.fd, open); err != nil {
		return l, nil, fmt.Errorf("the inherited socket of %s: %w", socket.Name, err)
	}
	socket.out = true
	return l, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		socket.out = false
	}, nil
}

// Unwanted returns the sockets of none of these addresses. An address
// whose name cannot be resolved is none.
func (s *Sockets) Unwanted(ctx context.Context, addresses []readers.Address) []*Socket {
	if s == nil {
		return nil
	}
	wanted := map[*Socket]bool{}
	for _, address := range addresses {
		if socket, err := s.find(ctx, address); err == nil {
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
	end
}

// Close returns only after the socket can be lent again, whoever else closes it meanwhile.
func (l *lent) Close() error { return l.close(l.Listener) }

// end closes a socket and says so, once.
type end struct {
	once sync.Once
	then func()
}

func (e *end) close(c io.Closer) (err error) {
	e.once.Do(func() {
		err = c.Close()
		e.then()
	})
	return err
}
