package file

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The table has what a map would have, whatever is put in and taken out, and is small also for one file.
func TestTargetsAreFoundByTheirNames(t *testing.T) {
	var table targets
	want := map[string]*file{}
	random := rand.New(rand.NewPCG(1, 2))
	same := func() {
		t.Helper()
		n := 0
		for f := range table.all() {
			if n++; want[f.realBase()] != f {
				t.Fatalf("%s is in it", f.realBase())
			}
		}
		if n != len(want) || table.n != n {
			t.Fatalf("%d are in it, it says %d, want %d", n, table.n, len(want))
		}
		for name, f := range want {
			if table.get(name) != f {
				t.Fatalf("%s is not found", name)
			}
		}
		if table.get("none") != nil || (*targets)(nil).get("0.log") != nil {
			t.Fatal("what was never put in is found")
		}
	}
	table.put(&file{real: "/d/0.log"})
	if len(table.slots) > 2 {
		t.Errorf("one file takes room for %d", len(table.slots))
	}
	table.remove(table.get("0.log"))
	for range 20_000 {
		name := fmt.Sprint(random.IntN(300), ".log")
		switch f := want[name]; {
		case random.IntN(2) == 0:
			f = &file{real: "/some/where/" + name}
			table.put(f)
			want[name] = f
		case f == nil:
			if table.remove(&file{real: "/some/where/" + name}) {
				t.Fatal("what was never put in is taken out")
			}
		default:
			if !table.remove(f) || table.remove(f) {
				t.Fatal("what is in it is taken out once")
			}
			delete(want, name)
		}
		if random.IntN(100) == 0 {
			same()
		}
	}
	same()
}
