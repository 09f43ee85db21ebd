// Package sdlisten takes over the sockets that systemd opened for the
// process (socket activation), as sd_listen_fds(3) specifies:
// https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html.
// Connections and datagrams wait in the kernel while no process takes any, so a restart
// refuses nobody.
//
// It must not accept or receive anything itself, or know what a socket is for: whoever listens
// on the address of one gets it.
package sdlisten

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

const (
	firstDescriptor = 3    // SD_LISTEN_FDS_START
	mostDescriptors = 4096 // more than that is a mistake, not a list to walk
)

// FromEnv takes over the sockets that LISTEN_FDS counts, if LISTEN_PID means this
// process; nil when there are none. The variables are unset, so that no child takes them
// for its own. An error says which descriptors could not be taken; those that could are
// returned all the same.
func FromEnv() (*Sockets, error) {
	names, err := passed(os.Getenv, os.Getpid())
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"} {
		if err := os.Unsetenv(name); err != nil {
			return nil, fmt.Errorf("cannot unset %s: %w", name, err)
		}
	}
	if err != nil || len(names) == 0 {
		return nil, err
	}
	return Open(firstDescriptor, names)
}

// passed returns the names of the descriptors that were passed to this process, in order.
func passed(env func(string) string, self int) ([]string, error) {
	pid, count := env("LISTEN_PID"), env("LISTEN_FDS")
	if pid == "" || count == "" {
		return nil, nil
	}
	meant, err := strconv.Atoi(pid)
	if err != nil || meant <= 0 {
		return nil, fmt.Errorf("cannot use inherited sockets: LISTEN_PID is %q, not the number of a process", pid)
	}
	if meant != self {
		return nil, nil
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > mostDescriptors {
		return nil, fmt.Errorf("cannot use inherited sockets: LISTEN_FDS is %q, not a number up to %d", count, mostDescriptors)
	}
	names := strings.Split(env("LISTEN_FDNAMES"), ":")
	if len(names) == n && names[0] != "" {
		return names, nil
	}
	// Names are for messages alone; a wrong list of them spoils no socket.
	names = make([]string, n)
	for i := range names {
		names[i] = "unknown"
	}
	return names, nil
}
