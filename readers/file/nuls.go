package file

import (
	"time"

	"logskiff/readers/file/disk"
	"logskiff/readers/lines"
)

// Some writers make a file longer than what they have written, and fill it from the
// front: memory-mapped ones, and those that call fallocate(2). What they have not filled reads as
// NULs. So a run of NULs that reaches the end of a file is not written yet: it counts
// neither as found nor as waiting, and file.size is where it begins. Nothing tells that a page
// of a mapping was filled (inotify(7), "Limitations and caveats"; the time of modification
// follows within half a minute), so such a file is looked at by itself.
//
// A run of NULs with something behind it will not be filled any more: a power cut left it, or
// a writer that went on where it was after the file was truncated. One of at least lines.NULRun
// bytes is no part of a line. It ends the line before it, and is left out: the segment
// covers its bytes and no record does. A shorter one is part of its line.

const (
	nulBlock = 64 << 10
	nulMost  = 256 << 20 // of a run in one turn, where it is no hole
	// nulScan is how long what is behind the first NULs of a file's end is taken for NULs
	// unseen: it need not be read again each time the file is filled a little.
	nulScan = 5 * time.Second
	nulWait = time.Minute // between two looks at what nobody fills, at most
)

// unwritten is what is known of the NULs at the end of a file.
type unwritten struct {
	raw     int64         // where they end, in the stream's offsets
	scanned int64         // when all of them were read, monotonic
	due     int64         // when they are to be looked at again, monotonic
	wait    time.Duration // since the look before
}

// rawSize is f's size with the NULs at its end.
func (f *file) rawSize() int64 {
	if f.nuls != nil {
		return max(f.nuls.raw, f.size)
	}
	return f.size
}

// written notes that there are no NULs at the end of f.
func (f *file) written() {
	if f.nuls != nil {
		f.own().nuls = nil
	}
}

// sized takes in that a file has raw bytes, of which those from size on are not written.
func (r *Reader) sized(f *file, size, raw, scanned, now int64) {
	grew := size != f.size
	f.size = size
	if raw <= size {
		f.written()
		return
	}
	if f.nuls == nil || grew {
		wait := r.cfg.PollInterval.Std()
		f.own().nuls = &unwritten{due: now + int64(wait), wait: wait}
	}
	r.care(f)
	f.nuls.raw, f.nuls.scanned = raw, scanned
}

// probe has a file with NULs at its end looked at when that is due.
func (r *Reader) probe(p *pass, f *file) {
	if p.now < f.nuls.due {
		return
	}
	f.nuls.wait = min(2*f.nuls.wait, max(nulWait, r.cfg.PollInterval.Std()))
	f.nuls.due = p.now + int64(f.nuls.wait)
	if f.stream == nil && f.held == 0 {
		r.identify(p, f)
	}
	r.push(f)
}

// sizeUp finds out how much is written of the file behind fd, of i.size bytes.
func (r *Reader) sizeUp(f *file, fd int, size, now int64) error {
	var last [2]byte
	n, err := r.disk.PreadSmall(fd, last[:], max(0, size-2))
	end := size
	if err == nil && n > 0 && last[n-1] == 0 && (n == 1 || r.cut.Charset().Unit() == 1 || last[0] == 0) {
		end, err = lastWritten(&r.disk, r.cut.Charset(), fd, min(size, f.read-f.at), size)
	}
	if err == nil {
		r.sized(f, f.at+end, f.at+size, now, now)
	}
	return err
}

// lastWritten returns where what is not NUL ends in the bytes from from to to of a file; from where
// all of it is NUL. Holes are not read.
func lastWritten(d *disk.Disk, c *lines.Charset, fd int, from, to int64) (int64, error) {
	buf := make([]byte, nulBlock)
	for end := to; end > from; {
		for hole := int64(1 << 20); end > from; hole *= 2 {
			at := max(from, end-hole)
			if data, ok := d.SeekData(fd, at, end); !ok || data < end {
				break
			}
			end = at
		}
		at := max(from, end-nulBlock)
		n, err := d.PreadFull(fd, buf[:end-at], at)
		if err != nil {
			return 0, err
		}
		if i := lines.LastData(buf[:n]); i > 0 {
			return min(to, c.Whole(at+int64(i)+int64(c.Unit())-1)), nil
		}
		end = at
	}
	return from, nil
}

// filledTo returns how far a file is filled that was filled up to from: where the first run of NULs begins
// that is not short, or to.
func filledTo(d *disk.Disk, c *lines.Charset, fd int, from, to int64) (int64, error) {
	for buf := make([]byte, 4<<10); from < to; {
		n, err := d.PreadFull(fd, buf[:min(int64(len(buf)), to-from)], from)
		if err != nil || n == 0 {
			return from, err
		}
		if i := c.Whole(int64(lines.LastData(buf[:n]) + c.Unit() - 1)); i < int64(n) {
			return from + i, nil
		}
		from += int64(n)
	}
	return from, nil
}

// firstWritten returns where the NULs end that begin at from: at something else, at to, or, when so many
// were read that others should have their turn, before it.
func firstWritten(d *disk.Disk, c *lines.Charset, fd int, from, to int64) (int64, error) {
	buf := make([]byte, nulBlock)
	for at, read := from, 0; ; read += nulBlock {
		if data, ok := d.SeekData(fd, at, to); ok {
			at = max(at, data&^1)
		}
		if at >= to || read >= nulMost {
			return min(at, to), nil
		}
		n, err := d.PreadFull(fd, buf[:min(nulBlock, to-at)], at)
		if err != nil {
			return 0, err
		}
		if i := lines.FirstData(buf[:n]); i < n {
			return c.Whole(at + int64(i)), nil
		}
		if n == 0 {
			return at, nil // cut off meanwhile
		}
		at += int64(n)
	}
}
