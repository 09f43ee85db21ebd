package e2e

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// newTerminal opens a terminal of 200 columns: what a program writes to its end is said.
func newTerminal(t *testing.T) (end *os.File, said *transcript) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 200})
	}
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	end, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	t.Cleanup(func() { end.Close() })
	said = &transcript{}
	go io.Copy(said, master) //nolint:errcheck // it ends when the terminal is closed
	return end, said
}

// Who runs a configuration in a terminal sees the line of figures that a run without one shows, below the log.
func TestRunOnATerminalShowsFigures(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	logs := t.TempDir()
	newWriter(t, filepath.Join(logs, "app.log")).write(10)
	a := newAgent(t, fileSource("app", filepath.Join(logs, "*.log"), "", "ingest"), httpSender("ingest", "", s.addr))
	end, said := newTerminal(t)
	a.tty = end
	a.start()
	s.arrives(t, "the lines", 10, failAfter)
	figures := regexp.MustCompile(`1 file  read 10 lines \S+ \S+  delivered 10 lines`)
	eventually(t, failAfter, "the figures", func() bool { return figures.MatchString(said.String()) })
	if !strings.Contains(said.String(), "msg=started") || !strings.Contains(said.String(), "following "+filepath.Join(logs, "app.log")) {
		t.Errorf("the terminal says: %q", said.String())
	}
}
