package file

import (
	"bytes"

	"logskiff/readers/lines"
)

// tellMark says when a content begins with the mark of another encoding than its source's.
func (r *Reader) tellMark(f *file, head []byte) {
	for _, is := range []string{"utf-8", "utf-16le", "utf-16be"} {
		if own := r.cut.Charset().Mark(); bytes.HasPrefix(head, lines.Mark(is)) && (own == nil || !bytes.HasPrefix(head, own)) {
			r.log.Warn("encoding: a log begins with the byte order mark of another encoding than its source's", "path", f.name(),
				"mark", is, "encoding", r.cfg.Encoding, "advice", `read it in a source of its own, with encoding = "`+is+`"`)
		}
	}
}
