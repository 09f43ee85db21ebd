package sdnotify

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func manager(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	t.Setenv("NOTIFY_SOCKET", name)
	return c
}

func TestStatesArriveAtTheManager(t *testing.T) {
	f := func(name string) {
		t.Helper()
		c := manager(t, name)
		s, err := FromEnv()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(Ready, Status("one\ntwo")); err != nil {
			t.Fatal(err)
		}
		if err := s.Send(Stopping); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"READY=1\nSTATUS=one; two", "STOPPING=1"} {
			b := make([]byte, 512)
			if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			n, err := c.Read(b)
			if err != nil || string(b[:n]) != want {
				t.Errorf("%s: got %q, %v; want %q", name, b[:n], err, want)
			}
		}
	}
	f(filepath.Join(t.TempDir(), "notify"))
	f(fmt.Sprintf("@logskiff-test-%d", os.Getpid()))
}

func TestAReloadSaysWhenItBegan(t *testing.T) {
	before := Reloading()
	after := Reloading()
	f := func(states []string) int64 {
		t.Helper()
		text, ok := strings.CutPrefix(states[1], "MONOTONIC_USEC=")
		us, err := strconv.ParseInt(text, 10, 64)
		if states[0] != "RELOADING=1" || !ok || err != nil || us <= 0 {
			t.Fatalf("got %q", states)
		}
		return us
	}
	if f(after) < f(before) {
		t.Errorf("%v is before %v", after, before)
	}
}

func TestWithoutAManagerNothingHappens(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	s, err := FromEnv()
	if s != nil || err != nil {
		t.Fatal(s, err)
	}
	if err := s.Send(Ready); err != nil {
		t.Fatal(err)
	}
}

func TestAManagerThatIsNotThereIsAnError(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	s, err := FromEnv()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(Ready); err == nil || !strings.Contains(err.Error(), "cannot notify the service manager") {
		t.Errorf("got %v", err)
	}
	t.Setenv("NOTIFY_SOCKET", "vsock:2:1")
	if _, err := FromEnv(); err == nil {
		t.Error("a kind of socket that is not known was taken")
	}
}

func TestWatchdog(t *testing.T) {
	f := func(us, pid string, want time.Duration, good bool) {
		t.Helper()
		t.Setenv("WATCHDOG_USEC", us)
		t.Setenv("WATCHDOG_PID", pid)
		got, err := Watchdog()
		if got != want || (err == nil) != good {
			t.Errorf("%q for %q: got %v, %v", us, pid, got, err)
		}
	}
	f("", "", 0, true)
	f("60000000", "", time.Minute, true)
	f("60000000", strconv.Itoa(os.Getpid()), time.Minute, true)
	f("60000000", "1", 0, true)
	f("0", "", 0, false)
	f("1m", "", 0, false)
	f("99999999999999999", "", 0, false)
}
