package file

import (
	"fmt"
	"testing"
	"unsafe"
)

// What is held for each file is what decides how much memory a hundred thousand quiet files take.
func TestAFileStaysSmall(t *testing.T) {
	if n := unsafe.Sizeof(file{}); n > 288 {
		t.Errorf("a file has %d bytes, so it takes more than 288 from the allocator", n)
	}
}

// A quiet file has nothing seldom: not after its first look, nor when it has grown, nor after a
// restart, whether its lines were read or left out.
func TestAQuietFileHasNothingSeldom(t *testing.T) {
	for _, startAt := range []string{"beginning", "end"} {
		t.Run(startAt, func(t *testing.T) {
			g := newRig(t)
			g.cfg.StartAt = startAt
			for n := range 20 {
				g.write(fmt.Sprintf("%d.log", n), fmt.Sprintf("one of %d\n", n))
			}
			check := func(when string) {
				t.Helper()
				g.step()
				g.step()
				if len(g.r.files) != 20 {
					t.Fatalf("%s: %d files are followed", when, len(g.r.files))
				}
				for _, f := range g.r.files {
					if f.owns {
						t.Fatalf("%s: %s has %+v", when, f.base, *f.seldom)
					}
					path := f.stream.Path
					part := unsafe.StringData(path[len(path)-len(f.base):])
					for name := range f.folder.files {
						if name == f.base && (unsafe.StringData(f.base) != part || unsafe.StringData(name) != part) {
							t.Fatalf("%s: the name of %s is kept twice", when, path)
						}
					}
				}
			}
			g.start()
			check("at first")
			for n := range 20 {
				g.write(fmt.Sprintf("%d.log", n), "two\n")
			}
			check("grown")
			g.kill()
			g.start()
			check("after a restart")
		})
	}
}
