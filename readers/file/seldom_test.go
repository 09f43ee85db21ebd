package file

import (
	"fmt"
	"testing"
	"unsafe"

	"logskiff/record"
)

// What is held for each file is what decides how much memory a hundred thousand quiet files take.
func TestAFileStaysSmall(t *testing.T) {
	if n := unsafe.Sizeof(file{}); n > 320 {
		t.Errorf("a file and its stream have %d bytes, so they take more than 320 from the allocator", n)
	}
	f := &file{fd: -1}
	f.becomes(record.Stream{ID: record.StreamID{1}})
	first := f.stream
	if f.becomes(record.Stream{ID: record.StreamID{2}}); first != &f.kept || first.ID[0] != 1 || f.stream.ID[0] != 2 {
		t.Error("a stream was written over that a batch may hold")
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
				if len(g.r.streams) != 0 {
					t.Fatalf("%s: acknowledgements are awaited of %d streams", when, len(g.r.streams))
				}
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
