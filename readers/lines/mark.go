package lines

import (
	"bytes"

	"logskiff/record"
)

// A byte order mark (Unicode, section 23.8) at the beginning of a content says how it is
// encoded, and is no part of its first line. The first record covers its bytes.

// Mark returns the byte order mark of an encoding that is told by one, or nil.
func Mark(encoding string) []byte {
	switch encoding {
	case "utf-8", "":
		return []byte("\xEF\xBB\xBF")
	case "utf-16le":
		return []byte("\xFF\xFE")
	case "utf-16be":
		return []byte("\xFE\xFF")
	case "gb18030":
		return []byte("\x84\x31\x95\x33")
	}
	return nil
}

// Unmark takes the mark off the text of r, a span of buf, if it begins the content.
func (c *Charset) Unmark(r *record.Record, buf []byte) {
	text := buf[r.Text.Off : r.Text.Off+r.Text.Len]
	if n := uint32(len(c.mark)); r.Offset == 0 && n > 0 && bytes.HasPrefix(text, c.mark) {
		r.Text.Off, r.Text.Len = r.Text.Off+n, r.Text.Len-n
		if c.decoder == nil {
			r.Flags |= record.Marked
		}
	}
}
