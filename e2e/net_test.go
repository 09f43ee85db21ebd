package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// failAfter is how long a thing that takes milliseconds may take on a machine
// that is busy with all the other tests.
const failAfter = time.Minute

var ports struct {
	sync.Mutex
	given map[int]bool
}

// freePort returns a loopback port that nobody uses and that stays free: it lies
// below the range from which the system gives ports to outgoing connections, so
// a server can be killed and find it free again.
func freePort(t *testing.T) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for range 1000 {
		port := 15000 + rand.IntN(15000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil || ports.given[port] {
			continue
		}
		l.Close()
		if ports.given == nil {
			ports.given = map[int]bool{}
		}
		ports.given[port] = true
		return port
	}
	t.Fatal("no port is free")
	return 0
}

// net4 connects to a loopback port.
func net4(port int) (net.Conn, error) {
	return net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), failAfter)
}
