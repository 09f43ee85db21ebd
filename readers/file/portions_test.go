package file

import (
	"fmt"
	"os"
	"testing"

	"logskiff/readers"
	"logskiff/readers/readertest"
	"logskiff/record"
)

// counting is a registry that notes how many files a reader had met that it had not told of.
type counting struct {
	*readertest.Registry
	r           *Reader
	told, ahead int
	readable    bool
}

func (c *counting) Register(cp readers.Checkpoint, durable bool) error {
	c.met()
	return c.Registry.Register(cp, durable)
}

func (c *counting) Update(id record.StreamID, k readers.Known, durable bool) error {
	c.met()
	return c.Registry.Update(id, k, durable)
}

func (c *counting) met() {
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	met := 0
	for _, f := range c.r.files {
		if f.stream != nil && !f.retired {
			met++
		}
	}
	c.ahead = max(c.ahead, met-c.told)
	c.told++
	c.readable = c.readable || !c.r.queue.empty()
}

// A look at many files tells the registry of them in portions: what all are known by, at once, takes more memory than
// the files. They are read when it is over, as what is met last can still be what was there first.
func TestManyFilesAreRegisteredInPortions(t *testing.T) {
	g := newRig(t)
	const files = 1000
	for n := range files {
		g.do(os.WriteFile(g.path(fmt.Sprintf("%d.log", n)), fmt.Appendf(nil, "one of %d\n", n), 0o644))
	}
	g.touched()
	for _, when := range []string{"at first", "after a restart"} {
		c := &counting{Registry: g.reg}
		g.made = func(r *Reader) { c.r, r.reg = r, c }
		g.start()
		if c.told != files || c.ahead > g.r.portion+64 {
			t.Errorf("%s: told of %d files, and of up to %d at once", when, c.told, c.ahead)
		}
		if c.readable {
			t.Errorf("%s: files are read before the look is over", when)
		}
		g.wait()
		g.kill()
	}
	if len(g.out) != files {
		t.Errorf("%d lines came", len(g.out))
	}
	g.sound()
}
