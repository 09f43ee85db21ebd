package gen

import (
	"bytes"
	"hash/fnv"
	"strings"
	"time"
)

const (
	// Cycle is the number of different lines before they come again (with other
	// times and numbers). It is large enough that no compressor window sees two
	// of them, so that compression is as hard as on a real log.
	Cycle = 8192
	// LinesPerSecond is how fast time rises in the lines.
	LinesPerSecond = 1000
	// SeqDigits is the width of the sequence number.
	SeqDigits = 10
)

// start is the time of line 0.
var start = time.Date(2026, time.November, 20, 23, 30, 0, 0, time.UTC)

// image is one of Cycle lines: a place in Set.text and where its gaps are.
type image struct {
	off, len        uint32
	timeOff, seqOff uint16
	before          uint32 // bytes of the lines before it in a cycle
}

// Set is all lines in one shape. It is immutable and may be shared.
type Set struct {
	shape  Shape
	layout string
	text   []byte
	images [Cycle]image
	total  int64 // bytes of one cycle
}

// NewSet returns the lines in a shape.
func NewSet(shape Shape) *Set {
	s := &Set{shape: shape, layout: timeLayouts[shape]}
	for i, f := range makeFields(Cycle) {
		line := f.render(shape)
		line = strings.Replace(line, timeMark, strings.Repeat("T", len(s.layout)), 1)
		// The number may stand before the time in no shape, so widening the
		// second does not move the first.
		seq := strings.Index(line, seqMark)
		line = strings.Replace(line, seqMark, strings.Repeat("0", SeqDigits), 1)
		s.images[i] = image{
			off: uint32(len(s.text)), len: uint32(len(line)), before: uint32(s.total),
			timeOff: uint16(strings.Index(line, strings.Repeat("T", len(s.layout)))), seqOff: uint16(seq),
		}
		s.text = append(s.text, line...)
		s.total += int64(len(line))
	}
	return s
}

// Offset returns where line seq starts in a file of all lines from 0.
func (s *Set) Offset(seq uint64) int64 {
	return int64(seq/Cycle)*s.total + int64(s.images[seq%Cycle].before)
}

// Fingerprint tells one version of the generator from another.
func (s *Set) Fingerprint() uint32 {
	h := fnv.New32a()
	h.Write(s.text)
	return h.Sum32()
}

// Append appends line seq to dst.
func (s *Set) Append(dst []byte, seq uint64) []byte {
	c := Cursor{set: s}
	c.Seek(seq)
	return c.Append(dst)
}

// Cursor walks over the lines of a Set. It belongs to one goroutine.
type Cursor struct {
	set    *Set
	seq    uint64
	index  int   // seq % Cycle
	second int64 // whose text is in time
	time   []byte
	digits [SeqDigits]byte
}

// NewCursor returns a cursor at line 0.
func (s *Set) NewCursor() *Cursor {
	c := &Cursor{set: s}
	c.Seek(0)
	return c
}

// Seq returns the number of the line the cursor is at.
func (c *Cursor) Seq() uint64 { return c.seq }

// Seek moves the cursor to line seq.
func (c *Cursor) Seek(seq uint64) {
	c.seq, c.index = seq, int(seq%Cycle)
	for i, n := SeqDigits-1, seq; i >= 0; i, n = i-1, n/10 {
		c.digits[i] = '0' + byte(n%10)
	}
	c.setTime()
}

// Next moves the cursor on by one line.
func (c *Cursor) Next() {
	c.seq++
	if c.index++; c.index == Cycle {
		c.index = 0
	}
	for i := SeqDigits - 1; i >= 0; i-- {
		if c.digits[i]++; c.digits[i] <= '9' {
			break
		}
		c.digits[i] = '0'
	}
	if c.seq%LinesPerSecond == 0 {
		c.setTime()
	}
}

func (c *Cursor) setTime() {
	if second := int64(c.seq / LinesPerSecond); second != c.second || c.time == nil {
		c.second = second
		c.time = start.Add(time.Duration(second)*time.Second).AppendFormat(c.time[:0], c.set.layout)
	}
}

// Append appends the cursor's line to dst.
func (c *Cursor) Append(dst []byte) []byte {
	im := &c.set.images[c.index]
	n := len(dst)
	dst = append(dst, c.set.text[im.off:im.off+im.len]...)
	copy(dst[n+int(im.timeOff):], c.time)
	copy(dst[n+int(im.seqOff):], c.digits[:])
	return dst
}

// Len returns the length of the cursor's line, and SeqOff where in it the
// sequence number stands.
func (c *Cursor) Len() int    { return int(c.set.images[c.index].len) }
func (c *Cursor) SeqOff() int { return int(c.set.images[c.index].seqOff) }

// Match reports whether b begins with the cursor's line.
func (c *Cursor) Match(b []byte) bool {
	im := &c.set.images[c.index]
	if len(b) < int(im.len) {
		return false
	}
	want := c.set.text[im.off : im.off+im.len]
	b = b[:len(want)]
	t, s := int(im.timeOff), int(im.seqOff)
	tEnd, sEnd := t+len(c.time), s+SeqDigits
	return bytes.Equal(b[s:sEnd], c.digits[:]) && // what differs most, first
		bytes.Equal(b[:t], want[:t]) &&
		bytes.Equal(b[t:tEnd], c.time) &&
		bytes.Equal(b[tEnd:s], want[tEnd:s]) &&
		bytes.Equal(b[sEnd:], want[sEnd:])
}

// FindSeq finds the first sequence number in b and where its digits start;
// at is -1 when there is none.
func FindSeq(b []byte) (seq uint64, at int) {
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(Marker))
		if i < 0 {
			return 0, -1
		}
		at = from + i + len(Marker)
		if at+SeqDigits > len(b) {
			return 0, -1
		}
		seq, ok := parseSeq(b[at : at+SeqDigits])
		if ok {
			return seq, at
		}
		from = at
	}
}

func parseSeq(b []byte) (n uint64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + uint64(c-'0')
	}
	return n, true
}
