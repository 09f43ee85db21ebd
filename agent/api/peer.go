package api

import (
	"context"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

type peerKey struct{}

// WithPeer notes who is at the other end of a connection of the control socket. It is a ConnContext of net/http.
func WithPeer(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, peerName(c))
}

func peerOf(ctx context.Context) string {
	name, _ := ctx.Value(peerKey{}).(string)
	if name == "" {
		return "control socket"
	}
	return name
}

// peerName asks the kernel (SO_PEERCRED, unix(7)); "" when it does not know.
func peerName(c net.Conn) string {
	for {
		inner, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		c = inner.NetConn()
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		return ""
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return ""
	}
	var cred *unix.Ucred
	if err := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil || cred == nil {
		return ""
	}
	return fmt.Sprintf("uid %d, pid %d", cred.Uid, cred.Pid)
}
