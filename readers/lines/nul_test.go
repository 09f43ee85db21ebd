package lines

import (
	"bytes"
	"testing"
)

func FuzzNULsAgreeWithANaiveLoop(f *testing.F) {
	f.Add([]byte("a\x00\x00b"), 3, false)
	f.Add(bytes.Repeat([]byte{0}, 200), 64, true)
	f.Fuzz(func(t *testing.T, text []byte, pad int, wide bool) {
		pad = min(max(pad, 0), 1000)
		c := Charset{unit: 1}
		if wide {
			c.unit = 2
			text = text[:len(text)&^1]
		}
		buf := append(append(bytes.Clone(text), make([]byte, pad&^1)...), text...)
		zero := func(i int) bool { return !bytes.ContainsFunc(buf[i:i+c.unit], func(r rune) bool { return r != 0 }) }
		start, end := len(buf), len(buf)
		for i := 0; i < len(buf); {
			j := i
			for j < len(buf) && zero(j) {
				j += c.unit
			}
			if j-i >= NULRun || j > i && j == len(buf) {
				start, end = i, j
				break
			}
			i = max(j, i+c.unit)
		}
		if s, e := c.NULs(buf, 0, len(buf)); s != start || e != end {
			t.Fatalf("%q: NULs says %d to %d, want %d to %d", buf, s, e, start, end)
		}
	})
}
