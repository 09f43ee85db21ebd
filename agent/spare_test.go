package agent

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// hungry is a listener in a process that has no descriptor left unless somebody gives one up.
type hungry struct {
	net.Listener
	free func() bool
	err  error
}

func (h *hungry) Accept() (net.Conn, error) {
	if !h.free() {
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", h.err)}
	}
	c, other := net.Pipe()
	return c, other.Close()
}

func (h *hungry) Close() error { return nil }

func TestOneConnectionIsAcceptedWithoutADescriptor(t *testing.T) {
	h := &hungry{err: syscall.EMFILE}
	s := withSpare(h)
	h.free = func() bool { return s.kept == nil }
	c, err := s.Accept()
	if err != nil {
		t.Fatalf("the first: %v", err)
	}
	h.free = func() bool { return false }
	if _, err := s.Accept(); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("a second beside it: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	h.free = func() bool { return s.kept == nil }
	if c, err = s.Accept(); err != nil {
		t.Fatalf("when the first has gone: %v", err)
	}
	if err := errors.Join(c.Close(), s.Close()); err != nil || s.kept != nil {
		t.Errorf("closed: %v, the descriptor is kept: %t", err, s.kept != nil)
	}
}

func TestOtherTroubleIsTheServers(t *testing.T) {
	h := &hungry{err: syscall.ECONNABORTED, free: func() bool { return false }}
	s := withSpare(h)
	defer s.Close()
	if _, err := s.Accept(); !errors.Is(err, syscall.ECONNABORTED) || s.kept == nil {
		t.Errorf("got %v, kept %t", err, s.kept != nil)
	}
}

func TestDescriptorsAreScarceBeforeTheyAreGone(t *testing.T) {
	for open, want := range map[int]string{1: "", 92: "", 93: "93 of 100", 100: "100 of 100"} {
		if got := scarceOf(open, 100); (got == "") != (want == "") || !strings.HasPrefix(got, want) {
			t.Errorf("%d open: %q", open, got)
		}
	}
	if why := scarce(); why != "" {
		t.Errorf("in this test: %s", why)
	}
}
