package e2e

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// Clients may open more connections than the process has descriptors. Whoever asks for its health is
// told so, though the answer needs one too.
func TestAForwarderWithoutDescriptorsSaysSo(t *testing.T) {
	t.Parallel()
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	a := newAgent(t,
		fmt.Sprintf("[[source]]\nname = \"in\"\nreader.http = { listen = %q, max_connections = 1000 }\nparser.json = {}\n", addr),
		fmt.Sprintf("[[sender]]\nname = \"received\"\nfile = { path = %q }\n", filepath.Join(t.TempDir(), "received")))
	a.args = append([]string{"sh", "-c", `ulimit -n 64 && exec "$@"`, "sh"}, a.args...)
	a.start()
	a.ready()
	var all []net.Conn
	defer func() {
		for _, c := range all {
			c.Close()
		}
	}()
	for range 80 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	eventually(t, failAfter, "/readyz says why", func() bool {
		code, text := a.get("/readyz")
		return code == 503 && strings.Contains(text, "source in receives nothing: connections that come cannot be accepted") && strings.Contains(text, "no file descriptor is left")
	})
	for _, c := range all {
		c.Close()
	}
	eventually(t, failAfter, "/readyz is well", func() bool { code, _ := a.get("/readyz"); return code == 200 })
}
