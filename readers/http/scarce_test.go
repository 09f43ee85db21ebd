package http

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

type refusing struct {
	net.Listener
	err error
}

func (r refusing) Accept() (net.Conn, error) {
	return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", r.err)}
}

// A receiver whose process has no descriptor left has a socket, and takes nobody: that is trouble for
// as long as it goes on.
func TestConnectionsThatCannotBeAcceptedAreTrouble(t *testing.T) {
	f := func(err error, want bool) {
		t.Helper()
		h := newHouse(10, false, nil)
		if _, got := h.listen(refusing{err: err}).Accept(); !errors.Is(got, err) {
			t.Fatal(got)
		}
		now := time.Now()
		if why := h.scarce(now); (why != "") != want || want && !strings.Contains(why, "too many open files") {
			t.Errorf("%v: %q", err, why)
		}
		if why := h.scarce(now.Add(6 * time.Second)); why != "" {
			t.Errorf("%v, later: %q", err, why)
		}
	}
	f(syscall.EMFILE, true)
	f(syscall.ENFILE, true)
	f(syscall.ECONNABORTED, false)
}
