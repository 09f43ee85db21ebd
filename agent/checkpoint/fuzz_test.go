package checkpoint

import (
	"bytes"
	"reflect"
	"testing"

	"logskiff/readers"
	"logskiff/record"
)

func entryOf(t *forms, c *readers.Checkpoint) *entry {
	e := new(entry)
	set(e, t, c, c.State.Data, 0)
	return e
}

func valueOf(pipeline string, c *readers.Checkpoint) []byte {
	var t forms
	return appendValue(nil, pipeline, entryOf(&t, c), &t)
}

func FuzzDecodeValue(f *testing.F) {
	for n := range 3 {
		c := checkpoint(n)
		f.Add(appendBody(nil, &c, c.State.Data))
		c = counted(n)
		f.Add(appendBody(nil, &c, c.State.Data))
	}
	f.Add(appendBody(nil, &readers.Checkpoint{}, ""))
	f.Fuzz(func(t *testing.T, body []byte) {
		// With a checksum that is right, so that the fields are what is tried.
		key := id(7)
		v := append(bytes.Clone(body), 0, 0, 0, 0)
		sum := checksum([]byte("a/x"), key[:], body)
		for i := range 4 {
			v[len(body)+i] = byte(sum >> (8 * i))
		}
		c, state, _, err := decodeValue(v, "a/x", key, new(decoder))
		if err != nil {
			return
		}
		c.State.Data = string(state)
		if addsUp(&c) != nil {
			t.Fatalf("the ledger of %+v does not add up", c)
		}
		again, state, _, err := decodeValue(valueOf("a/x", &c), "a/x", key, &decoder{intern: map[string]string{}})
		again.State.Data = string(state)
		if err != nil || !reflect.DeepEqual(c, again) {
			t.Fatalf("%+v became %+v, %v", c, again, err)
		}
	})
}

func FuzzScanJournal(f *testing.F) {
	one, two := checkpoint(1), checkpoint(2)
	var t forms
	whole := appendPut(nil, 1, "a/x", entryOf(&t, &one), &t)
	whole = appendCursorEntry(whole, 2, "a/x", &two)
	whole = appendForget(whole, 3, "a/x", []record.StreamID{one.ID, two.ID})
	whole = appendBare(whole, 4, opBase)
	f.Add(whole)
	f.Add(whole[3 : len(whole)-5])
	f.Add(append(make([]byte, 100), whole...))
	f.Add(make([]byte, 200))
	f.Fuzz(func(t *testing.T, data []byte) {
		var again []byte
		sound := 0
		end := scanJournal(data, func(seq uint64, payload []byte) {
			sound++
			start := len(again)
			again = append(again, journalMagic...)
			again = appendPayload(again, start, seq, payload)
			if o, ok := decodePayload(payload, new(decoder)); ok && addsUp(&o.c) != nil {
				t.Fatalf("the ledger of %+v does not add up", o.c)
			}
		})
		if end < 0 || end > len(data) || sound == 0 && end != 0 {
			t.Fatalf("%d sound entries end at %d of %d", sound, end, len(data))
		}
		n := 0
		if e := scanJournal(again, func(uint64, []byte) { n++ }); n != sound || e != len(again) {
			t.Fatalf("%d entries became %d", sound, n)
		}
	})
}

// appendPayload completes an entry whose magic stands at start.
func appendPayload(dst []byte, start int, seq uint64, payload []byte) []byte {
	for i := range 8 {
		dst = append(dst, byte(seq>>(8*i)))
	}
	dst = append(dst, 0, 0, 0, 0)
	return endEntry(append(dst, payload...), start)
}

func TestAValueBelongsToItsStreamAndPipeline(t *testing.T) {
	c := checkpoint(1)
	v := valueOf("a/x", &c)
	if _, _, _, err := decodeValue(v, "a/x", id(1), new(decoder)); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := decodeValue(v, "b/x", id(1), new(decoder)); err == nil {
		t.Error("it was taken for another pipeline")
	}
	if _, _, _, err := decodeValue(v, "a/x", id(2), new(decoder)); err == nil {
		t.Error("it was taken for another stream")
	}
	for i := range v {
		for bit := range 8 {
			v[i] ^= 1 << bit
			if _, _, _, err := decodeValue(v, "a/x", id(1), new(decoder)); err == nil {
				t.Errorf("bit %d of byte %d was flipped and nobody noticed", bit, i)
			}
			v[i] ^= 1 << bit
		}
	}
}
