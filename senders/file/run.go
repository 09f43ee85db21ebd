package file

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"

	"logskiff/record"
)

// markEach is how many entries of a run share a place that is kept in memory.
const markEach = 16

// minEntry is how many bytes an entry of one stream takes at least.
const minEntry = frameSize + 4 + minSpanSize + 1

// run is one file of snapshot entries, each of one stream, in the order of their ids.
type run struct {
	path   string
	number uint64
	f      *os.File
	n      int
	newest int64 // when the last of them was heard of
	size   int64
	marks  []mark
	filter filter

	damaged bool
}

// mark is where an entry begins.
type mark struct {
	id record.StreamID
	at int64
}

// openRun reads a run through. Of one that is damaged it returns what can be used, and an error.
func openRun(path string, number uint64) (*run, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r := &run{path: path, number: number, f: f, size: info.Size()}
	r.filter = newFilter(int(r.size / minEntry))
	at := int64(0)
	err = r.scan(func(e *entry, n int) {
		if r.n%markEach == 0 {
			r.marks = append(r.marks, mark{e.spans[0].id, at})
		}
		r.n++
		r.newest = max(r.newest, e.time)
		r.filter.add(e.spans[0].id)
		at += int64(n)
	})
	if err != nil {
		r.damaged, r.size = true, at
		return r, fmt.Errorf("%s is damaged behind its first %d bytes: %w", path, at, err)
	}
	return r, nil
}

// writeRun writes entries to a file and syncs it.
func writeRun(path string, each func(yield func(*entry)) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 64<<10)
	var seq uint64
	var buf []byte
	err = each(func(e *entry) {
		seq++
		e.seq = seq
		buf = appendEntry(buf[:0], e)
		w.Write(buf) // Flush returns its error
	})
	err = errors.Join(err, w.Flush())
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// scan calls yield with each entry and its length, in order. It returns an error when the rest cannot be read.
func (r *run) scan(yield func(e *entry, n int)) error {
	c := cursor{in: bufio.NewReaderSize(io.NewSectionReader(r.f, 0, r.size), 32<<10)}
	for {
		n, err := c.next()
		if err != nil || n == 0 {
			return err
		}
		yield(&c.e, n)
	}
}

// each calls yield with each entry.
func (r *run) each(yield func(*entry)) error { return r.scan(func(e *entry, _ int) { yield(e) }) }

// cursor reads a run from its beginning.
type cursor struct {
	in  *bufio.Reader
	buf []byte
	e   entry // the last one read; its memory is used again
}

// next reads the next entry and returns its length, 0 at the end.
func (c *cursor) next() (int, error) {
	c.e.spans = c.e.spans[:0]
	head, err := c.in.Peek(frameSize)
	if len(head) == 0 && err == io.EOF {
		return 0, nil
	}
	n, ok := frameAt(head)
	if !ok {
		return 0, errEntry
	}
	c.buf = slices.Grow(c.buf[:0], n)[:n]
	if _, err := io.ReadFull(c.in, c.buf); err != nil {
		return 0, err
	}
	if _, err := decodeEntry(c.buf, &c.e); err != nil {
		return 0, err
	}
	if len(c.e.spans) == 0 {
		return 0, errEntry
	}
	return n, nil
}

// get returns what the run says of a stream; nil: nothing.
func (r *run) get(id record.StreamID) (*known, error) {
	if !r.filter.mayHave(id) {
		return nil, nil
	}
	i := sort.Search(len(r.marks), func(i int) bool { return bytes.Compare(r.marks[i].id[:], id[:]) > 0 }) - 1
	if i < 0 {
		return nil, nil
	}
	end := r.size
	if i+1 < len(r.marks) {
		end = r.marks[i+1].at
	}
	block := make([]byte, end-r.marks[i].at)
	if _, err := r.f.ReadAt(block, r.marks[i].at); err != nil {
		return nil, fmt.Errorf("cannot read what is remembered of streams: %w", err)
	}
	var e entry
	for len(block) > 0 {
		n, err := decodeEntry(block, &e)
		if err != nil {
			return nil, fmt.Errorf("cannot read what is remembered of streams: %s: %w", r.path, err)
		}
		if e.spans[0].id == id {
			return knownOf(&e), nil
		}
		block = block[n:]
	}
	return nil, nil
}

// knownOf returns what a snapshot entry says of its stream.
func knownOf(e *entry) *known {
	k := &known{last: e.time, ranges: make(ranges, 0, len(e.spans))}
	for _, s := range e.spans {
		k.add(s.start, s.end)
	}
	if len(e.owners) > 0 {
		k.owner = e.owners[0].Owner
	}
	return k
}

// mergeRuns calls yield with the entries of all runs, in order; of a stream in several, with that
// of the last.
func mergeRuns(runs []*run, yield func(*entry)) error {
	cursors := make([]cursor, len(runs))
	for i, r := range runs {
		cursors[i].in = bufio.NewReaderSize(io.NewSectionReader(r.f, 0, r.size), 32<<10)
		if _, err := cursors[i].next(); err != nil {
			return err
		}
	}
	for {
		var first *cursor
		for i := range cursors {
			c := &cursors[i]
			if len(c.e.spans) > 0 && (first == nil || bytes.Compare(c.e.spans[0].id[:], first.e.spans[0].id[:]) <= 0) {
				first = c
			}
		}
		if first == nil {
			return nil
		}
		id := first.e.spans[0].id
		yield(&first.e)
		for i := range cursors {
			if c := &cursors[i]; len(c.e.spans) > 0 && c.e.spans[0].id == id {
				if _, err := c.next(); err != nil {
					return err
				}
			}
		}
	}
}

func (r *run) remove() error { return errors.Join(r.f.Close(), os.Remove(r.path)) }
