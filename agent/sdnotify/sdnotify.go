// Package sdnotify tells systemd how a service is: the readiness protocol of
// sd_notify(3), https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html.
//
// It holds one datagram socket and no policy: when to say what is the agent's to know.
package sdnotify

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// States that the manager knows; several may be sent at once.
const (
	Ready    = "READY=1"
	Stopping = "STOPPING=1"
	Alive    = "WATCHDOG=1"
)

// Reloading returns the states that begin a reload; Ready ends it. They carry the
// time on the monotonic clock, which Type=notify-reload asks for.
func Reloading() []string {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return []string{"RELOADING=1"}
	}
	return []string{"RELOADING=1", "MONOTONIC_USEC=" + strconv.FormatInt(now.Nano()/1000, 10)}
}

// Status returns the state that `systemctl status` shows as one line.
func Status(text string) string { return "STATUS=" + strings.ReplaceAll(text, "\n", "; ") }

// Socket is where the manager listens. A nil Socket is that of a process which
// nobody manages: it takes everything and does nothing.
type Socket struct {
	address *net.UnixAddr
}

// FromEnv returns the socket that NOTIFY_SOCKET names (a path, or @name for an
// abstract one), nil when it is not set.
func FromEnv() (*Socket, error) {
	name := os.Getenv("NOTIFY_SOCKET")
	switch {
	case name == "":
		return nil, nil
	case name[0] != '/' && name[0] != '@':
		return nil, fmt.Errorf("cannot notify the service manager: NOTIFY_SOCKET is %q, neither a path nor an abstract socket", name)
	}
	return &Socket{&net.UnixAddr{Name: name, Net: "unixgram"}}, nil
}

// Send sends the states in one datagram. It waits for a second at most, so that a
// manager that does not read delays nothing for long.
func (s *Socket) Send(states ...string) error {
	if s == nil {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, s.address)
	if err != nil {
		return fmt.Errorf("cannot notify the service manager: %w", err)
	}
	err = c.SetWriteDeadline(time.Now().Add(time.Second))
	if err == nil {
		_, err = c.Write([]byte(strings.Join(states, "\n")))
	}
	if err := errors.Join(err, c.Close()); err != nil {
		return fmt.Errorf("cannot notify the service manager: %w", err)
	}
	return nil
}

// Watchdog returns how long the manager waits for Alive before it ends the process
// (WATCHDOG_USEC, microseconds), 0 when it does not, or means another process.
func Watchdog() (time.Duration, error) {
	text := os.Getenv("WATCHDOG_USEC")
	if text == "" {
		return 0, nil
	}
	if pid := os.Getenv("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0, nil
	}
	us, err := strconv.ParseInt(text, 10, 64)
	if err != nil || us <= 0 || us > int64(24*time.Hour/time.Microsecond) {
		return 0, fmt.Errorf("cannot use the watchdog: WATCHDOG_USEC is %q, not a number of microseconds up to a day", text)
	}
	return time.Duration(us) * time.Microsecond, nil
}
