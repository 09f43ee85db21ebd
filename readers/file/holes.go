package file

import (
	"logskiff/readers/file/disk"
	"logskiff/readers/lines"
	"logskiff/record"
)

// nulCutter cuts the text of one turn around its runs of NULs; see nuls.go.
type nulCutter struct {
	set    *lines.Charset
	disk   *disk.Disk
	fd     int
	packed bool  // it is read from a compressed copy
	at     int64 // stream offset of the source's first byte
	read   int64 // of the turn's first byte, which is buf[text]
	start  int   // in the buffer, of the anchor's bytes
	text   int
	end    int64 // of what is written, in the stream's offsets
	room   int   // for segments

	stream  *record.Stream
	segs    []record.Segment // before from: of records, and of NULs without one
	from    int64            // where the next begins
	first   int              // its first record
	dropped int64            // bytes that no record covers
	beyond  int64            // of these, after the place where cut stopped
	over    bool             // the turn ends here
	err     error            // why it was not found out where a run ends
}

// cut does what Framer.Cut does. It goes on behind a run of NULs, and looks at the file for where one
// ends that reaches the end of buf.
func (h *nulCutter) cut(fr *lines.Framer, recs []record.Record, buf []byte, at int, part *uint16, room int) ([]record.Record, int) {
	most := len(recs) + room
	for scan := at; ; {
		s, e := h.next(buf, scan)
		n := len(recs)
		recs, at = fr.Cut(recs, buf, at, s, h.offset(at), part, most-n)
		if s == len(buf) || len(recs) >= most || *part > 0 && len(recs) > n || e == len(buf) && e-s < lines.NULRun && !h.within(buf, s) {
			return recs, at
		}
		end := h.offset(e)
		if !h.packed {
			// Read again: what was NUL when buf was read may have been filled before what stands behind it.
			end, h.err = firstWritten(h.disk, h.set, h.fd, h.offset(s)-h.at, h.end-h.at)
			if h.err != nil || end+h.at < h.offset(e) {
				h.over = true
				return recs, at
			}
			end += h.at
		}
		if at < s {
			if recs, at = fr.Rest(recs, buf, at, s, h.offset(at), part, most-len(recs)); at < s {
				return recs, at
			}
		}
		h.leaveOut(len(recs), buf, s, e, end)
		at, scan = e, e
		if h.beyond > 0 || e == len(buf) || len(h.segs)+2 >= h.room {
			h.over = true
			return recs, at
		}
	}
}

// leaveOut makes a segment without a record of the NULs from buf[s] to the offset end. They have
// one of their own since what stands for lines as they were read is exactly its segments' bytes.
func (h *nulCutter) leaveOut(records int, buf []byte, s, e int, end int64) {
	h.close(records, buf[h.start:s], h.offset(s))
	h.beyond = end - h.offset(e)
	h.dropped += end - h.from
	h.segs = append(h.segs, record.Segment{
		Stream: h.stream, Start: h.from, End: end, Anchor: h.anchor(buf[h.start:e], end), First: records, Dropped: end - h.from,
	})
	h.from = end
}

// close makes a segment of the records since the last one, up to the offset end, where buf ends.
func (h *nulCutter) close(records int, buf []byte, end int64) {
	if end > h.from {
		h.segs = append(h.segs, record.Segment{
			Stream: h.stream, Start: h.from, End: end, Anchor: anchorOf(buf, end), First: h.first, N: records - h.first,
		})
	}
	h.from, h.first = end, records
}

func (h *nulCutter) offset(at int) int64 { return h.read + int64(at-h.text) }

// next returns the next run of NULs; a shorter one too where buf ends, or at the cursor if it is the rest
// of a run.
func (h *nulCutter) next(buf []byte, from int) (start, end int) {
	if h.within(buf, from) {
		if n := int(h.set.Whole(int64(lines.FirstData(buf[from:])))); n > 0 {
			return from, from + n
		}
	}
	return h.set.NULs(buf, from, len(buf))
}

// within tells whether the cursor is at, and stands in a run of NULs.
func (h *nulCutter) within(buf []byte, at int) bool {
	return at == h.text && at >= lines.NULRun && h.read >= lines.NULRun && lines.AllNUL(buf[at-lines.NULRun:at])
}

// anchor returns the anchor of end: buf ends beyond bytes of NULs before it.
func (h *nulCutter) anchor(buf []byte, end int64) record.Anchor {
	if h.beyond == 0 {
		return anchorOf(buf, end)
	}
	var last [anchorLen]byte
	n := int(max(0, anchorLen-h.beyond))
	n = copy(last[:], buf[max(0, len(buf)-n):])
	return anchorOf(last[:min(int64(anchorLen), int64(n)+h.beyond)], end)
}

// mayBeUnwritten tells whether text, which was just read, ends in NULs of which is not known what
// stands behind them.
func (t *turn) mayBeUnwritten(text []byte) bool {
	return len(text) > 0 && text[len(text)-1] == 0 && t.arch == nil && !t.measured
}

// measure finds out how much of the file is written.
func (t *turn) measure(r *Reader) error {
	t.measured = true
	now := r.clock.mono()
	known, size := t.known-t.at, t.raw-t.at
	if t.nuls != nil && t.nuls.raw == t.raw && now-t.nuls.scanned < int64(nulScan) {
		end, err := filledTo(&t.disk, r.cut.Charset(), t.fd, known, size)
		t.size, t.scanned = t.at+end, t.nuls.scanned
		return err
	}
	end, err := lastWritten(&t.disk, r.cut.Charset(), t.fd, t.read-t.at, size)
	t.size, t.scanned = t.at+end, now
	if t.nuls != nil {
		t.size = max(t.size, t.known)
	}
	return err
}

// tellHoles says once of a file that not all of it is lines.
func (r *Reader) tellHoles(t *turn) {
	if t.dropped > 0 && !t.f.holed {
		t.f.holed = true
		r.log.Warn("skipped: a log has NULs where lines should be; they are left out, and counted so", "path", t.path, "stream", t.f.id(),
			"offset", t.read, "bytes", t.dropped,
			"advice", "a power cut leaves such, or a writer that does not open its log for appending (O_APPEND) and goes on where it was after a truncation")
	}
}
