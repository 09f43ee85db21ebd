package agent

import (
	"fmt"
	"os"
	"syscall"
)

// fewLeft is how many descriptors must be left for the process to count as well: a sender's
// connection, a file that is rotated, and a few for a moment.
const fewLeft = 8

// scarce says that hardly any descriptor is left, "" when there are enough. It asks the kernel.
func scarce() string {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return ""
	}
	open, err := os.ReadDir("/proc/self/fd")
	switch {
	case outOfDescriptors(err):
		return "no file descriptor is left: connections and files are refused; raise LimitNOFILE (ulimit -n), or send less to this host"
	case err != nil:
		return ""
	}
	return scarceOf(len(open)-1, limit.Cur) // one was open for the listing
}

func scarceOf(open int, limit uint64) string {
	if uint64(open)+fewLeft <= limit {
		return ""
	}
	return fmt.Sprintf("%d of %d file descriptors are open: connections and files are refused, or soon will be; raise LimitNOFILE (ulimit -n)", open, limit)
}
