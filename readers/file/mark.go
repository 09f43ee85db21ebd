package file

import (
	"bytes"

	"logskiff/record"
)

// A byte order mark (Unicode, section 23.8) at the beginning of a content says how it is
// encoded, and is no part of its first line. The first record covers its bytes.

// marks are those of the encodings that are told by them.
func marks(encoding string) []byte {
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

// unmark takes the mark off the text of r, a span of buf, if it begins the content.
func (c *charset) unmark(r *record.Record, buf []byte) {
	text := buf[r.Text.Off : r.Text.Off+r.Text.Len]
	if n := uint32(len(c.mark)); r.Offset == 0 && n > 0 && bytes.HasPrefix(text, c.mark) {
		r.Text.Off, r.Text.Len = r.Text.Off+n, r.Text.Len-n
		if c.decoder == nil {
			r.Flags |= record.Marked
		}
	}
}

// tellMark says when a content begins with the mark of another encoding than its source's.
func (r *Reader) tellMark(f *file, head []byte) {
	for _, is := range []string{"utf-8", "utf-16le", "utf-16be"} {
		if bytes.HasPrefix(head, marks(is)) && (r.cut.set.mark == nil || !bytes.HasPrefix(head, r.cut.set.mark)) {
			r.log.Warn("a log begins with the byte order mark of another encoding than its source's", "path", f.name(),
				"mark", is, "encoding", r.cfg.Encoding, "advice", `read it in a source of its own, with encoding = "`+is+`"`)
		}
	}
}
