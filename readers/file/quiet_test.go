package file

import (
	"fmt"
	"testing"
	"time"
)

// What is not written to costs neither a descriptor nor a goroutine, however many there are of it.
func TestAQuietFileHasNoDescriptor(t *testing.T) {
	g := newRig(t)
	var want []string
	for i := range 100 {
		g.write(fmt.Sprintf("%d.log", i), fmt.Sprintf("line of %d\n", i))
		want = append(want, fmt.Sprintf("line of %d", i))
	}
	g.start()
	for range 3 {
		g.step()
		g.after(idleClose + time.Second)
	}
	if g.r.fds.n != 0 {
		t.Errorf("%d descriptors are open of files that nobody writes to", g.r.fds.n)
	}
	g.wantSet(want...)
}
