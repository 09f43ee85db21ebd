package sdlisten

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv("SDLISTEN_CHILD") != "" {
		os.Exit(child())
	}
	goleak.VerifyTestMain(m)
}

// child is this program with inherited sockets: it says what it finds.
func child() int {
	s, err := FromEnv()
	fmt.Println("error:", err)
	for _, socket := range s.Unwanted(context.Background(), nil) {
		fmt.Println("socket:", socket.Name, socket.Address)
	}
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		if value, ok := os.LookupEnv(name); ok {
			fmt.Println("still set:", name, value)
		}
	}
	// What the child runs must not have the socket.
	out, err := exec.Command("sh", "-c", "ls -l /proc/self/fd | grep -c 'socket:'").CombinedOutput()
	fmt.Printf("sockets of a child: %s", out)
	if err == nil {
		return 1 // grep found some
	}
	return 0
}

func TestWhatSystemdPassesIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	socket, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// The pid of the process is known only once it runs.
	cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), "SDLISTEN_CHILD=1", "LISTEN_FDS=2", "LISTEN_FDNAMES=a.socket:b.socket")
	cmd.ExtraFiles = []*os.File{socket, file}
	out, err := cmd.CombinedOutput()
	want := "error: cannot use inherited descriptor 4 (b.socket): cannot ask whether it listens: socket operation on non-socket\n" +
		"socket: a.socket " + l.Addr().String() + "\nsockets of a child: 0\n"
	if err != nil || string(out) != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, out, want)
	}
}

func TestVariables(t *testing.T) {
	f := func(pid, fds, names, want, reason string) {
		t.Helper()
		env := map[string]string{"LISTEN_PID": pid, "LISTEN_FDS": fds, "LISTEN_FDNAMES": names}
		got, err := passed(func(name string) string { return env[name] }, 42)
		if strings.Join(got, ",") != want || (err == nil) != (reason == "") || err != nil && !strings.Contains(err.Error(), reason) {
			t.Errorf("%v: got %q, %v", env, got, err)
		}
	}
	f("", "", "", "", "")
	f("42", "", "", "", "")
	f("", "1", "", "", "")
	f("42", "0", "", "", "")
	f("42", "1", "", "unknown", "")
	f("42", "1", "a", "a", "")
	f("42", "2", "a:b", "a,b", "")
	f("42", "2", "a", "unknown,unknown", "")
	f("42", "1", "a:b", "unknown", "")
	f("43", "1", "a", "", "") // meant for another process
	f("43", "x", "a", "", "")
	f("x", "1", "a", "", "LISTEN_PID")
	f("-1", "1", "a", "", "LISTEN_PID")
	f("42", "x", "a", "", "LISTEN_FDS")
	f("42", "-1", "a", "", "LISTEN_FDS")
	f("42", "5000", "a", "", "LISTEN_FDS")
	f("42", "99999999999999999999", "a", "", "LISTEN_FDS")
}

func TestVariablesAreUnsetWhateverTheySay(t *testing.T) {
	names := []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}
	for _, pid := range []string{"1", "nonsense"} {
		for i, value := range []string{pid, "1", "a"} {
			t.Setenv(names[i], value)
		}
		s, err := FromEnv()
		if s != nil || (err == nil) != (pid == "1") {
			t.Errorf("LISTEN_PID=%s: got %v, %v", pid, s, err)
		}
		if i := slices.IndexFunc(names, func(name string) bool { _, there := os.LookupEnv(name); return there }); i >= 0 {
			t.Errorf("LISTEN_PID=%s: %s is still set", pid, names[i])
		}
	}
}
