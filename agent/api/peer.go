package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

type peerKey struct{}

// peer is who opened a connection of the control socket, by the kernel's word.
type peer struct {
	known  bool
	uid    int
	pid    int
	groups []int // all that it was in, the first one is its own
}

// WithPeer notes who is at the other end of a connection of the control socket. It is a ConnContext of net/http.
func WithPeer(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, askPeer(c))
}

// OnlyPeers serves root, the user uid, and who is in the group gid; -1 is no group. The socket's mode says the same, at the moment when it is
// opened; this holds too where a socket was handed on, or its mode was changed.
func OnlyPeers(uid, gid int, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, _ := r.Context().Value(peerKey{}).(peer)
		if !p.known || p.uid != 0 && p.uid != uid && !(gid >= 0 && slices.Contains(p.groups, gid)) {
			fail(w, http.StatusForbidden, "peer", "this user may not ask the agent", "ask as root, or as a member of the group that the socket belongs to")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func peerOf(ctx context.Context) string {
	p, _ := ctx.Value(peerKey{}).(peer)
	if !p.known {
		return "control socket"
	}
	return fmt.Sprintf("uid %d, pid %d", p.uid, p.pid)
}

// askPeer asks the kernel: SO_PEERCRED and SO_PEERGROUPS of unix(7).
func askPeer(c net.Conn) (p peer) {
	for {
		inner, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		c = inner.NetConn()
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		return p
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return p
	}
	var cred *unix.Ucred
	var others []uint32
	err = raw.Control(func(fd uintptr) {
		if cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			others = peerGroups(fd)
		}
	})
	if err != nil || cred == nil {
		return p
	}
	p = peer{known: true, uid: int(cred.Uid), pid: int(cred.Pid), groups: []int{int(cred.Gid)}}
	for _, g := range others {
		p.groups = append(p.groups, int(g))
	}
	return p
}

// peerGroups returns the supplementary groups; nil when the kernel does not say (before 4.13).
func peerGroups(fd uintptr) []uint32 {
	groups := make([]uint32, 64)
	for {
		size := uint32(4 * len(groups))
		_, _, errno := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(&groups[0])), uintptr(unsafe.Pointer(&size)), 0)
		switch {
		case errno == 0:
			return groups[:size/4]
		case errors.Is(errno, unix.ERANGE) && int(size/4) > len(groups):
			groups = make([]uint32, size/4)
		default:
			return nil
		}
	}
}
