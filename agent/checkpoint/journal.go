package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"logskiff/record"
)

// compactAt is the size of the journal from which on it is rewritten when the
// database cannot take what is in it.
const compactAt = 8 << 20

var journalNames = [2]string{"checkpoints.journal.a", "checkpoints.journal.b"}

// journal appends entries to one of two files. At the beginning of a commit it
// changes to the other one, if that is empty; after a commit everything in the
// one it left is in the database, so that one is emptied. Entries that come
// during a commit are therefore never in the way and never lost.
//
// Its methods are called with Store.mu held, except where they say otherwise.
type journal struct {
	disk   disk
	dir    string
	files  [2]journalFile
	active int

	seq     uint64 // of the last entry, written or in buf
	buf     []byte // entries not yet written
	flushed uint64 // sequence of the last entry written
	synced  uint64 // all up to here survives a power cut
	broken  error  // why nothing is written any more, until reset
}

// journalFile is one open file and how much of it is in use.
type journalFile struct {
	file  file
	size  int64
	dirty bool // written to since the last sync
}

// open opens both files for appending after what is sound in them.
func (j *journal) open(sizes [2]int64) error {
	for i, name := range journalNames {
		f, err := j.disk.openJournal(filepath.Join(j.dir, name))
		if err == nil {
			err = f.Truncate(sizes[i])
		}
		if err != nil {
			return j.fail(fmt.Errorf("cannot open the journal: %w", err))
		}
		j.files[i] = journalFile{file: f, size: sizes[i], dirty: sizes[i] > 0}
	}
	if err := j.disk.syncDir(j.dir); err != nil {
		return j.fail(fmt.Errorf("cannot sync the folder of the journal: %w", err))
	}
	return nil
}

func (j *journal) fail(err error) error {
	if j.broken == nil {
		j.broken = err
	}
	j.buf, j.seq = j.buf[:0], j.flushed
	return j.broken
}

// put, cursor, looked and forget add one entry to buf.
func (j *journal) put(p *Pipeline, e *entry) {
	if j.broken == nil {
		j.seq++
		j.buf = appendPut(j.buf, j.seq, p.name, e, p.forms)
	}
}

func (j *journal) cursor(p *Pipeline, e *entry) {
	if j.broken == nil {
		j.seq++
		c := e.view(p.forms)
		j.buf = appendCursorEntry(j.buf, j.seq, p.name, &c)
	}
}

func (j *journal) looked(pipeline string, at int64) {
	if j.broken == nil {
		j.seq++
		j.buf = appendLooked(j.buf, j.seq, pipeline, at)
	}
}

func (j *journal) forget(pipeline string, ids []record.StreamID) {
	const most = mostPayload / 32 // far below what scanJournal takes
	for ; len(ids) > 0 && j.broken == nil; ids = ids[min(len(ids), most):] {
		j.seq++
		j.buf = appendForget(j.buf, j.seq, pipeline, ids[:min(len(ids), most)])
	}
}

// flush writes buf, with one write.
func (j *journal) flush() error {
	if j.broken != nil || len(j.buf) == 0 {
		return j.broken
	}
	f := &j.files[j.active]
	if _, err := f.file.WriteAt(j.buf, f.size); err != nil {
		_ = f.file.Truncate(f.size) // a torn entry would be stepped over in any case
		return j.fail(fmt.Errorf("cannot write the journal: %w", err))
	}
	f.size += int64(len(j.buf))
	f.dirty = true
	j.flushed = j.seq
	if j.buf = j.buf[:0]; cap(j.buf) > 64<<10 {
		j.buf = nil
	}
	return nil
}

// swap changes to the other file if that is empty.
func (j *journal) swap() {
	if other := 1 - j.active; j.broken == nil && j.files[other].size == 0 {
		j.active = other
	}
}

// committed says that the database has everything up to seq.
func (j *journal) committed(seq uint64) {
	j.synced = max(j.synced, seq)
	if j.broken == nil {
		if f := &j.files[1-j.active]; f.size > 0 {
			j.empty(f)
		}
		j.markEnd(seq)
		return
	}
	j.close()
	j.broken = nil
	if j.open([2]int64{}) != nil {
		return
	}
	j.markEnd(seq)
}

// markEnd notes in an empty journal what the database has, so that one that has
// less at the next start is seen to have lost its last commits.
func (j *journal) markEnd(seq uint64) {
	if f := &j.files[j.active]; f.size == 0 && len(j.buf) == 0 {
		j.buf = appendBare(j.buf, seq, opMark)
		_ = j.flush() // a failure stays in j.broken
	}
}

func (j *journal) empty(f *journalFile) {
	if err := f.file.Truncate(0); err != nil {
		j.fail(fmt.Errorf("cannot empty the journal: %w", err))
		return
	}
	f.size, f.dirty = 0, false
}

// replace puts entries, which make up for all there are, in the place of both
// files. It waits for the disk: it is for a database that takes nothing.
func (j *journal) replace(entries []byte, seq uint64) error {
	path := filepath.Join(j.dir, journalNames[j.active])
	f, err := j.disk.openJournal(path + ".new")
	if err == nil {
		err = f.Truncate(0)
		if err == nil {
			_, err = f.WriteAt(entries, 0)
		}
		if err == nil {
			err = f.Sync()
		}
		if err == nil {
			err = os.Rename(path+".new", path)
		}
		if err == nil {
			err = j.disk.syncDir(j.dir)
		}
		if err != nil {
			_ = f.Close()
		}
	}
	if err != nil {
		_ = os.Remove(path + ".new")
		return fmt.Errorf("cannot rewrite the journal: %w", err)
	}
	active := &j.files[j.active]
	if active.file != nil {
		_ = active.file.Close() // the file has no name any more
	}
	*active = journalFile{file: f, size: int64(len(entries))}
	j.seq, j.flushed, j.synced, j.buf, j.broken = seq, seq, seq, nil, nil
	if other := &j.files[1-j.active]; other.file == nil {
		j.fail(errors.New("cannot open both files of the journal"))
	} else {
		j.empty(other)
	}
	return j.broken
}

// size returns how many bytes the journal holds.
func (j *journal) size() int64 { return j.files[0].size + j.files[1].size }

func (j *journal) close() {
	for i := range j.files {
		if f := j.files[i].file; f != nil {
			_ = f.Close() // what matters in it was synced before
		}
		j.files[i] = journalFile{}
	}
}
