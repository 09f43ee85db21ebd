package file

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// sizedData is a data file as it lies there.
type sizedData struct {
	dataName
	size     int64
	modified time.Time
}

// listSized returns the data files, oldest first.
func (s *store) listSized() ([]sizedData, error) {
	names, err := listData(s.dir)
	if err != nil {
		return nil, err
	}
	var files []sizedData
	for _, n := range names {
		info, err := os.Stat(filepath.Join(s.dir, n.name))
		if err != nil {
			return nil, err
		}
		files = append(files, sizedData{n, info.Size(), info.ModTime()})
	}
	return files, nil
}

// newest returns when a file was last written to. Age is counted from there, not from
// the clock: one that jumped would let everything be forgotten.
func newest(files []sizedData) (t time.Time) {
	for _, f := range files {
		if f.modified.After(t) {
			t = f.modified
		}
	}
	return t
}

// index is what reading the index found.
type index struct {
	scan
	h    history
	last entry // the newest that names a data file
	good int64 // how much of that file earlier entries name which it still holds
}

// readIndex reads the index. Entries for bytes that their file does not hold any more say nothing:
// what was cut off a file is written again if it is sent again.
func (s *store) readIndex(files []sizedData) (*index, error) {
	data, err := os.ReadFile(s.indexPath())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	sizes := map[uint64]int64{}
	for _, f := range files {
		sizes[f.number] = f.size
	}
	x := &index{h: history{}}
	x.scan = scanEntries(data, func(e *entry) {
		size, here := sizes[e.file]
		if here && e.end > size {
			x.last = entry{file: e.file, end: e.end}
			return
		}
		x.h.add(e.spans, e.time)
		x.h.own(e.owners)
		if e.file != 0 {
			x.last = entry{file: e.file, end: e.end}
			x.good = e.end
		}
	})
	return x, nil
}

// damaged reports whether a crash cannot have left the index so.
func (x *index) damaged() bool { return x.skipped > 0 || x.missing > 0 || x.doubtful }

// whole reports whether the index says all there is of the files up to where it ends. Then
// only what follows need be read from them.
func (x *index) whole(files []sizedData) bool {
	return x.skipped == 0 && x.missing == 0 && (len(files) == 0 || x.last.file > 0)
}

// knownTo returns how much of f an index that is whole says.
func (x *index) knownTo(f sizedData) int64 {
	switch {
	case f.number < x.last.file:
		return f.size
	case f.number > x.last.file:
		return 0
	case f.size < x.last.end:
		return min(x.good, f.size)
	}
	return x.last.end
}
