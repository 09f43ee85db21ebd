package lines

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"logskiff/record"
)

// Charset is how the bytes of a text are to be cut and turned into UTF-8.
type Charset struct {
	decoder func() *encoding.Decoder // nil: UTF-8, taken as it is
	unit    int                      // bytes of a newline: 1, or 2 for UTF-16
	low     int                      // which of the two holds 0x0A
	width   func(b []byte) int       // bytes of the character b begins with, 0: b is too short
	mark    []byte                   // its byte order mark, or nil
}

func charsetOf(name string) (Charset, error) {
	set, err := encodingFor(name)
	set.mark = Mark(name)
	return set, err
}

func encodingFor(name string) (Charset, error) {
	of := func(e encoding.Encoding, width func([]byte) int) (Charset, error) {
		return Charset{decoder: e.NewDecoder, unit: 1, width: width}, nil
	}
	switch name {
	case "utf-8", "":
		return Charset{unit: 1, width: utf8Width}, nil
	case "utf-16le":
		e := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
		return Charset{decoder: e.NewDecoder, unit: 2, low: 0, width: utf16Width(1)}, nil
	case "utf-16be":
		e := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
		return Charset{decoder: e.NewDecoder, unit: 2, low: 1, width: utf16Width(0)}, nil
	case "gbk":
		return of(simplifiedchinese.GBK, doubleByte(0x81, 0xfe, 1, 0))
	case "gb18030":
		return of(simplifiedchinese.GB18030, gb18030Width)
	case "big5":
		return of(traditionalchinese.Big5, doubleByte(0x81, 0xfe, 1, 0))
	case "shift-jis":
		return of(japanese.ShiftJIS, doubleByte(0x81, 0x9f, 0xe0, 0xfc))
	case "latin1":
		return of(charmap.ISO8859_1, func([]byte) int { return 1 })
	}
	return Charset{}, fmt.Errorf("unknown encoding %q", name)
}

func utf8Width(b []byte) int {
	if !utf8.FullRune(b) {
		return 0
	}
	_, n := utf8.DecodeRune(b)
	return n
}

// utf16Width finds surrogate pairs; high is the index of a unit's high byte.
func utf16Width(high int) func([]byte) int {
	return func(b []byte) int {
		switch {
		case len(b) < 2:
			return 0
		case b[high]&0xfc != 0xd8:
			return 2
		case len(b) < 4:
			return 0
		}
		return 4
	}
}

// doubleByte returns the width function of a set whose two-byte characters
// begin with a byte in one of the two ranges.
func doubleByte(from1, to1, from2, to2 byte) func([]byte) int {
	return func(b []byte) int {
		c := b[0]
		if from1 <= c && c <= to1 || from2 <= c && c <= to2 {
			if len(b) < 2 {
				return 0
			}
			return 2
		}
		return 1
	}
}

func gb18030Width(b []byte) int {
	switch {
	case b[0] < 0x81 || b[0] == 0xff:
		return 1
	case len(b) < 2:
		return 0
	case b[1] < 0x30 || b[1] > 0x39:
		return 2
	case len(b) < 4:
		return 0
	}
	return 4
}

// boundary returns the largest n <= len(b) that does not cut a character of b,
// which begins with a whole one. It depends on the bytes alone.
func (c *Charset) boundary(b []byte) int {
	if c.decoder == nil { // UTF-8 finds back by itself
		for n := len(b); n > 0 && n > len(b)-utf8.UTFMax; n-- {
			if utf8.RuneStart(b[n-1]) {
				if utf8.FullRune(b[n-1:]) {
					return len(b)
				}
				return n - 1
			}
		}
		return len(b)
	}
	n := 0
	for n < len(b) {
		w := c.width(b[n:])
		if w == 0 || n+w > len(b) {
			break
		}
		n += w
	}
	if n == 0 {
		return len(b)
	}
	return n
}

// Unit returns how many bytes a newline has: 1, or 2 for UTF-16.
func (c *Charset) Unit() int { return c.unit }

// Whole returns n, or the offset before it that does not cut a unit.
func (c *Charset) Whole(n int64) int64 { return n &^ int64(c.unit-1) }

// Mark returns its byte order mark, or nil.
func (c *Charset) Mark() []byte { return c.mark }

// Decodes reports whether texts have to be decoded: they are no UTF-8.
func (c *Charset) Decodes() bool { return c.decoder != nil }

// Decoder returns a new decoder for Decode; nil where nothing has to be decoded.
func (c *Charset) Decoder() *encoding.Decoder {
	if c.decoder == nil {
		return nil
	}
	return c.decoder()
}

// Newline returns the index of the first newline in b, which begins at an even
// offset of its stream when units are two bytes wide. It is -1 when there is none.
func (c *Charset) Newline(b []byte) int {
	if c.unit == 1 {
		return bytes.IndexByte(b, '\n')
	}
	for from := 0; ; {
		i := bytes.IndexByte(b[from:], '\n')
		if i < 0 {
			return -1
		}
		i += from
		at := i - c.low
		if at >= 0 && at%2 == 0 && at+1 < len(b) && b[at+1-c.low] == 0 {
			return at
		}
		from = i + 1
	}
}

// Decode appends src as UTF-8 to dst, and tells
// whether bytes had to be replaced. d must come from c.Decoder.
func (c *Charset) Decode(dst []byte, d *encoding.Decoder, src []byte) ([]byte, bool) {
	d.Reset()
	start := len(dst)
	for len(src) > 0 {
		if need := len(dst) + 3*len(src) + utf8.UTFMax; cap(dst) < need {
			grown := make([]byte, len(dst), need)
			copy(grown, dst)
			dst = grown
		}
		n, used, err := d.Transform(dst[len(dst):cap(dst)], src, true)
		dst = dst[:len(dst)+n]
		src = src[used:]
		if err != nil && used == 0 && n == 0 {
			dst = append(dst, "\uFFFD"...)
			src = src[1:]
		}
	}
	return dst, bytes.Contains(dst[start:], []byte("\uFFFD"))
}

// DecodeRecords appends the text of recs, spans of src, as UTF-8 to dst, where the
// spans are then. d must come from c.Decoder.
func (c *Charset) DecodeRecords(dst []byte, d *encoding.Decoder, src []byte, recs []record.Record) []byte {
	for i := range recs {
		r := &recs[i]
		from := len(dst)
		var bad bool
		dst, bad = c.Decode(dst, d, src[r.Text.Off:r.Text.Off+r.Text.Len])
		r.Text = record.Span{Off: uint32(from), Len: uint32(len(dst) - from)}
		if bad {
			r.Flags |= record.BadUTF8
		}
	}
	return dst
}

// LastNewline returns the index of the last newline in b, as Newline does of the
// first.
func (c *Charset) LastNewline(b []byte) int {
	for to := len(b); ; {
		i := bytes.LastIndexByte(b[:to], '\n')
		at := i - c.low
		if i < 0 || c.unit == 1 {
			return i
		}
		if at >= 0 && at%2 == 0 && at+1 < len(b) && b[at+1-c.low] == 0 {
			return at
		}
		to = i
	}
}

// EndsCR reports whether a line, without its newline, ends with a carriage return.
func (c *Charset) EndsCR(line []byte) bool {
	n := len(line)
	if c.unit == 1 {
		return n > 0 && line[n-1] == '\r'
	}
	return n > 1 && line[n-2+c.low] == '\r' && line[n-1-c.low] == 0
}
