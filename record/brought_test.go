package record

import (
	"fmt"
	"strings"
	"testing"
)

func said(b *Batch, r *Record) string {
	var all []string
	b.EachField(r, func(name []byte, f Field) { all = append(all, fmt.Sprintf("%s=%s", name, b.Bytes(f.Span))) })
	return strings.Join(all, " ")
}

func TestManyRecordsReferToOneSet(t *testing.T) {
	b := &Batch{Buf: []byte("text")}
	for range 2 { // a batch is used again
		b.Reset()
		b.Buf = append(b.Buf, "text"...)
		b.Buf = b.Brought.Add(b.Buf, "peer", []byte("10.0.0.1"), String)
		b.Buf = b.Brought.Add(b.Buf, "port", []byte("514"), Number)
		one := b.Brought.End(0, 0)
		two := b.Brought.End(1700, 60)
		b.Records = append(b.Records, Record{Brought: one}, Record{Brought: two}, Record{}, Record{Brought: one, Time: 5})
		b.KeepBroughtTimes()
		for i, want := range []string{"peer=10.0.0.1 port=514", "", "", "peer=10.0.0.1 port=514"} {
			if got := said(b, &b.Records[i]); got != want {
				t.Errorf("record %d: got %q, want %q", i, got, want)
			}
		}
		if r := b.Records; r[0].Time != 0 || r[1].Time != 1700 || r[1].Zone != 60 || r[2].Time != 0 || r[3].Time != 5 {
			t.Errorf("got %+v", r)
		}
		if b.Brought.Len() != 2 || b.Brought.Bytes(one) != len("peer10.0.0.1port514") || b.Brought.Bytes(0) != 0 {
			t.Errorf("%d sets, %d bytes", b.Brought.Len(), b.Brought.Bytes(one))
		}
	}
	c := &Batch{Buf: []byte("other")}
	var i uint32
	c.Buf, i = c.Brought.Copy(c.Buf, &b.Brought, 1, b.Buf)
	if got := said(c, &Record{Brought: i}); got != "peer=10.0.0.1 port=514" || c.Brought.Bytes(i) != b.Brought.Bytes(1) {
		t.Errorf("copied, it is %q", got)
	}
}

// A record keeps what was brought with it when others are dropped, and a message found inside it has it too.
func TestWhatWasBroughtStaysWithItsRecord(t *testing.T) {
	b := &Batch{Segments: []Segment{{End: 30, N: 3}}}
	for i := range 3 {
		b.Buf = b.Brought.Add(b.Buf, "n", fmt.Append(nil, i), Number)
		b.Records = append(b.Records, Record{Offset: int64(10 * i), Size: 10, Brought: b.Brought.End(0, 0)})
	}
	b.Records[1].Kind = Dropped
	b.RemoveDropped()
	b.Insert([]int{0}, []Record{{Offset: 5, Size: 5}})
	var got []string
	for i := range b.Records {
		got = append(got, said(b, &b.Records[i]))
	}
	if want := "n=0 n=0 n=2"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestBringingTakesNoMemoryOnceThereIsSome(t *testing.T) {
	b := &Batch{}
	peer := []byte("2001:db8::1")
	if n := testing.AllocsPerRun(100, func() {
		b.Reset()
		for range 1000 {
			b.Buf = b.Brought.Add(b.Buf, "peer", peer, String)
			b.Records = append(b.Records, Record{Brought: b.Brought.End(1, 0)})
		}
		b.KeepBroughtTimes()
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
