package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// build makes a store of two pipelines and n streams each, closed in order, and
// returns the bytes of its database.
func build(t testing.TB, dir string, n int) []byte {
	t.Helper()
	s := mustOpen(t, dir, Options{})
	for _, name := range []string{"a/x", "b/x"} {
		for i := range n {
			register(t, s.Pipeline(name), i, false)
		}
		if err := s.commit(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n { // so that there are freed pages, too
		advance(s.Pipeline("a/x"), id(i), 5)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// survive opens a store whose database was damaged and checks what must hold
// whatever the damage: it works, and a stream is missing only when the pipelines
// are fresh, and what is there is as it was.
func survive(t *testing.T, dir string, want map[string]int64) (fresh bool) {
	t.Helper()
	damaged, _ := os.ReadFile(filepath.Join(dir, databaseName))
	var l logs
	s, err := Open(dir, l.options())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Health(); err != nil {
		t.Fatalf("the store does not work again: %v", err)
	}
	_, a := s.Pipeline("a/x").Load()
	_, b := s.Pipeline("b/x").Load()
	fresh = a && b
	got := offsets(s.All())
	for stream, offset := range want {
		if g, there := got[stream]; there && g > offset {
			t.Fatalf("%s was at %d and is at %d", stream, offset, g)
		} else if (!there || g != offset) && !fresh {
			t.Fatalf("%s was at %d and is at %d (%v), and nobody is told", stream, offset, g, there)
		}
	}
	for stream := range got {
		if _, was := want[stream]; !was {
			t.Fatalf("%s never was", stream)
		}
	}
	kept := asides(t, dir)
	if fresh && (l.count("level=ERROR") != 1 || len(kept) == 0) {
		t.Fatalf("fresh, but said %d times, set aside %v:\n%s", l.count("level=ERROR"), kept, l.buf.String())
	}
	if len(kept) > 0 {
		if data, err := os.ReadFile(kept[0]); err == nil && !bytes.Equal(data, damaged) {
			t.Fatal("what is set aside is not the damaged file")
		}
	}
	register(t, s.Pipeline("a/x"), 1000, true)
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	return fresh
}

func TestADamagedDatabaseLosesNothing(t *testing.T) {
	source := t.TempDir()
	good := build(t, source, 150)
	want := mustRead(t, source)
	agent, err := os.ReadFile(filepath.Join(source, agentIDName))
	if err != nil {
		t.Fatal(err)
	}
	journals := [2][]byte{}
	for i, name := range journalNames {
		if journals[i], err = os.ReadFile(filepath.Join(source, name)); err != nil {
			t.Fatal(err)
		}
	}
	check := func(name string, mustBeFresh bool, damage func(path string) error) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			dir := t.TempDir()
			for i, name := range journalNames {
				if err := os.WriteFile(filepath.Join(dir, name), journals[i], 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, agentIDName), agent, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := damage(filepath.Join(dir, databaseName)); err != nil {
				t.Fatal(err)
			}
			fresh := survive(t, dir, want)
			if mustBeFresh && !fresh {
				t.Fatal("the damage went unnoticed")
			}
			if text, err := os.ReadFile(filepath.Join(dir, agentIDName)); err != nil || !bytes.Equal(text, agent) {
				t.Fatal("the agent's id did not survive")
			}
		})
	}
	write := func(data []byte) func(string) error {
		return func(path string) error { return os.WriteFile(path, data, 0o600) }
	}
	check("none", false, write(good))
	check("empty", true, write(nil))
	check("garbage", true, write(bytes.Repeat([]byte("not a database. "), 5000)))
	check("all zeros", true, write(make([]byte, len(good))))
	check("a folder", true, func(path string) error { return os.MkdirAll(filepath.Join(path, "sub"), 0o700) })
	for _, n := range []int{1, 100, 4095, 4096, 4097, 8192, 8193, 12288, 16384, 20480, len(good) / 2, len(good) - 8192} {
		check(fmt.Sprintf("cut to %d", n), false, write(good[:n]))
	}
	for page := 0; page < len(good)/4096 && page < 40; page++ {
		zeroed := bytes.Clone(good)
		clear(zeroed[page*4096 : (page+1)*4096])
		check(fmt.Sprintf("page %d zeroed", page), false, write(zeroed))
		noise := bytes.Clone(good)
		r := rand.New(rand.NewPCG(1, uint64(page)))
		for i := range 4096 {
			noise[page*4096+i] = byte(r.Uint32())
		}
		check(fmt.Sprintf("page %d noise", page), false, write(noise))
	}
	r := rand.New(rand.NewPCG(7, 7))
	for n := range 150 {
		flipped := bytes.Clone(good)
		at := r.IntN(len(good))
		for n%2 == 1 && flipped[at] == 0 { // half of them where something is written
			at = r.IntN(len(good))
		}
		flipped[at] ^= 1 << r.IntN(8)
		check(fmt.Sprintf("bit flipped in byte %d", at), false, write(flipped))
	}
}

func TestADatabaseDamagedWhileItIsInUseCostsNothing(t *testing.T) {
	check := func(name string, damage func(path string, size int64) error) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			dir := t.TempDir()
			build(t, dir, 150)
			var l logs
			o := l.options()
			o.Now = clock()
			s := mustOpen(t, dir, o)
			path := filepath.Join(dir, databaseName)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(path, info.Size()); err != nil {
				t.Fatal(err)
			}
			for n := range 150 {
				advance(s.Pipeline("a/x"), id(n), 1)
				advance(s.Pipeline("b/x"), id(n), 1)
			}
			if s.commit() == nil {
				t.Log("the commit did not meet the damage")
			} else if err := s.commit(); err != nil {
				t.Fatal(err)
			}
			if err := s.Health(); err != nil {
				t.Fatal(err)
			}
			want := offsets(s.All())
			crash(s)
			again := mustOpen(t, dir, Options{})
			_, fresh := again.Pipeline("a/x").Load()
			for stream, offset := range offsets(again.All()) {
				if offset != want[stream] {
					t.Fatalf("%s was at %d and is at %d", stream, want[stream], offset)
				}
				delete(want, stream)
			}
			if len(want) > 0 && !fresh {
				t.Fatalf("%d streams are missing and nobody is told", len(want))
			}
		})
	}
	check("cut to its first pages", func(path string, size int64) error { return os.Truncate(path, 8192) })
	check("cut to nothing", func(path string, size int64) error { return os.Truncate(path, 0) })
	check("zeroed", func(path string, size int64) error {
		return errors.Join(os.Truncate(path, 0), os.Truncate(path, size))
	})
	check("zeroed but for its meta pages", func(path string, size int64) error {
		return errors.Join(os.Truncate(path, 8192), os.Truncate(path, size))
	})
}
