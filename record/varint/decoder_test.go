package varint

import (
	"encoding/binary"
	"testing"
)

// Of bytes and of strings the same is read, and of a number what encoding/binary reads.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte("\x00\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"))
	f.Add(binary.LittleEndian.AppendUint64(binary.AppendUvarint([]byte{7}, 1<<63), 1<<40+3))
	f.Fuzz(func(t *testing.T, b []byte) {
		want, n := binary.Uvarint(b)
		d := Decoder[[]byte]{Rest: b}
		if got := d.Uvarint(); d.Bad != (n <= 0) || !d.Bad && (got != want || len(d.Rest) != len(b)-n) {
			t.Fatalf("%x: got %d, bad %v, %d left; want %d of %d bytes", b, got, d.Bad, len(d.Rest), want, n)
		}
		d = Decoder[[]byte]{Rest: b}
		s := Decoder[string]{Rest: string(b)}
		for range 20 {
			if x, y := d.Byte(), s.Byte(); x != y {
				t.Fatalf("byte: %d, %d", x, y)
			}
			if x, y := d.Size(), s.Size(); x != y || x < 0 {
				t.Fatalf("size: %d, %d", x, y)
			}
			was := d.Rest
			if x, y := d.Uint64(), s.Uint64(); x != y || !d.Bad && x != binary.LittleEndian.Uint64(was) {
				t.Fatalf("uint64: %d, %d", x, y)
			}
			if d.Bad != s.Bad || string(d.Rest) != s.Rest || d.Bad && len(d.Rest) > 0 {
				t.Fatalf("bad %v, %v; rest %x, %x", d.Bad, s.Bad, d.Rest, s.Rest)
			}
		}
	})
}

func TestWhatIsNotThereLeavesNothing(t *testing.T) {
	for _, n := range []int64{-1, 4, 1 << 62} {
		d := Decoder[string]{Rest: "abc"}
		if p := d.Take(n); p != "" || !d.Bad || d.Rest != "" {
			t.Errorf("%d bytes: %q, %+v", n, p, d)
		}
		if d.Byte() != 0 || d.Uint64() != 0 || d.Uvarint() != 0 || d.Size() != 0 || d.Take(0) != "" {
			t.Error("something is there behind it")
		}
	}
}
