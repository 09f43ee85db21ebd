package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"logskiff/record"
)

// image is what the files of a folder say, the journal applied.
type image struct {
	state
	pipelines map[string]*Pipeline
	forms     *forms

	missing bool     // there is no database
	damage  error    // what is wrong with the database, nil: nothing
	hole    error    // entries of the journal are missing
	seq     uint64   // of the last entry of the journal, or applied
	active  int      // the journal file that was written last
	sizes   [2]int64 // of what is sound in the journal files
	newer   bool     // the journal has entries that the database does not
}

// load reads a folder without changing anything in it. It returns an error
// only when there is nothing to go on with: the store is locked, of a newer
// format, or may not be read.
func load(dir string) (*image, error) {
	img := &image{pipelines: make(map[string]*Pipeline), forms: new(forms)}
	d := decoder{intern: make(map[string]string)} // equal paths of several pipelines are one string
	if err := img.readDatabase(filepath.Join(dir, databaseName), &d); err != nil {
		return nil, err
	}
	if err := img.readJournal(dir, &d); err != nil {
		return nil, err
	}
	return img, nil
}

// pipeline returns the pipeline of a name, made when it is not there. One that
// has no record in the database is as fresh as the store.
func (img *image) pipeline(name string) *Pipeline {
	p := img.pipelines[name]
	if p == nil {
		p = newPipeline(name, img.forms)
		p.fresh = img.freshAll
		img.pipelines[name] = p
	}
	return p
}

func (img *image) readDatabase(path string, d *decoder) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		img.missing = true
		return nil
	case err != nil:
		return fmt.Errorf("cannot read %s: %w", path, err)
	case !info.Mode().IsRegular():
		img.damage = fmt.Errorf("%w: it is not a file", errDamaged)
		return nil
	case info.Size() == 0: // ours is never empty: it gets its name when it is complete
		img.damage = fmt.Errorf("%w: it is empty", errDamaged)
		return nil
	}
	err = viewBolt(path, func(tx *bbolt.Tx) error { return img.walk(tx, d) })
	if errors.Is(err, errDamaged) {
		img.damage = err
		return nil
	}
	return err
}

// viewBolt runs f on the database at path, opened for reading only, and closes
// it, so that nothing of it stays mapped.
func viewBolt(path string, f func(*bbolt.Tx) error) error {
	var raw *os.File
	o := bbolt.Options{ReadOnly: true, Timeout: lockWait}
	o.OpenFile = func(path string, flag int, mode os.FileMode) (_ *os.File, err error) {
		raw, err = os.OpenFile(path, flag, mode)
		return raw, err
	}
	var inside error
	err := contain(func() error {
		db, err := bbolt.Open(path, 0, &o)
		if err != nil {
			return err
		}
		inside = contain(func() error { return db.View(f) })
		if errors.Is(inside, errDamaged) {
			return nil // it may have panicked with its locks held
		}
		return db.Close()
	})
	if raw != nil {
		_ = raw.Close()
	}
	if inside != nil {
		return fmt.Errorf("cannot use %s: %w", path, inside)
	}
	if err != nil {
		return boltError(path, err)
	}
	return nil
}

// walk copies everything into memory. What is unsound is left out, and noted.
func (img *image) walk(tx *bbolt.Tx, d *decoder) error {
	s, err := readState(tx)
	if err != nil && !errors.Is(err, errDamaged) {
		return err
	}
	img.state = s
	problems := err
	note := func(err error) {
		if problems == nil && err != nil {
			problems = err
		}
	}
	// What a later page makes of this by a panic, the earlier ones are kept.
	all := tx.Bucket(checkpointBucket)
	if all == nil {
		return fmt.Errorf("%w: it has no %q", errDamaged, checkpointBucket)
	}
	err = all.ForEachBucket(func(name []byte) error {
		note(img.walkPipeline(all.Bucket(name), string(name), d))
		return nil
	})
	note(err)
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		return problems
	}
	c := meta.Cursor()
	for k, v := c.Seek(pipelinePrefix); len(k) > len(pipelinePrefix) && string(k[:len(pipelinePrefix)]) == string(pipelinePrefix); k, v = c.Next() {
		note(img.compareTally(k, v))
	}
	for name, p := range img.pipelines {
		if !p.record {
			note(fmt.Errorf("%w: pipeline %s has no record", errDamaged, name))
		}
		p.record = false
	}
	return problems
}

func (img *image) walkPipeline(b *bbolt.Bucket, name string, d *decoder) (problem error) {
	if b == nil {
		return fmt.Errorf("%w: pipeline %s is not a bucket", errDamaged, name)
	}
	p := img.pipeline(name)
	return b.ForEach(func(k, v []byte) error {
		var id record.StreamID
		if len(k) != len(id) {
			problem = fmt.Errorf("%w: pipeline %s has a key of %d bytes", errDamaged, name, len(k))
			return nil
		}
		copy(id[:], k)
		c, state, sum, err := decodeValue(v, name, id, d)
		if err != nil || p.entries[id] != nil {
			problem = fmt.Errorf("%w: stream %s of %s", errDamaged, id, name)
			return nil
		}
		e := &entry{sum: sum, mark: stored}
		set(e, p.forms, &c, state, 0)
		p.entries[id] = e
		p.tally.count++
		p.tally.xor ^= sum
		return nil
	})
}

// compareTally checks that all of a pipeline is there.
func (img *image) compareTally(k, v []byte) error {
	name := string(k[len(pipelinePrefix):])
	t, fresh, looked, err := readTally(k, v)
	if err != nil {
		return err
	}
	p := img.pipeline(name)
	p.fresh, p.looked, p.record = fresh, looked, true
	if t != p.tally {
		return fmt.Errorf("%w: pipeline %s has %d streams instead of %d, or others", errDamaged, name, p.tally.count, t.count)
	}
	return nil
}

// journalled is one entry found in a journal file.
type journalled struct {
	seq     uint64
	payload []byte
}

func (img *image) readJournal(dir string, d *decoder) error {
	var entries []journalled
	last := [2]uint64{}
	for i, name := range journalNames {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cannot read the journal: %w", err)
		}
		end := scanJournal(data, func(seq uint64, payload []byte) {
			entries = append(entries, journalled{seq, payload})
			last[i] = max(last[i], seq)
		})
		img.sizes[i] = int64(end)
	}
	if last[1] > last[0] {
		img.active = 1
	}
	slices.SortStableFunc(entries, func(a, b journalled) int {
		if a.seq < b.seq {
			return -1
		}
		return int(min(a.seq-b.seq, 1))
	})
	img.seq = img.applied
	for _, e := range entries {
		if e.seq <= img.seq {
			continue
		}
		o, ok := decodePayload(e.payload, d)
		if !ok || o.op == opMark || o.op != opBase && e.seq != img.seq+1 {
			img.hole = fmt.Errorf("changes before %d are neither in the database nor in the journal", e.seq)
		}
		if ok {
			img.apply(o)
		}
		img.seq, img.newer = e.seq, true
	}
	return nil
}

// apply does to the image what was done to the store.
func (img *image) apply(o operation) {
	if o.op == opBase || o.op == opMark {
		return
	}
	p := img.pipeline(o.pipeline)
	switch o.op {
	case opPut:
		e := p.entries[o.c.ID]
		if e == nil {
			e = new(entry)
			p.entries[o.c.ID] = e
		}
		set(e, p.forms, &o.c, o.c.State.Data, 0)
		p.note(e)
	case opCursor:
		if e := p.entries[o.c.ID]; e != nil {
			c := e.view(p.forms)
			c.Position, c.Skipped, c.Delivered = o.c.Position, o.c.Skipped, o.c.Delivered
			c.Quarantined, c.Lost = o.c.Quarantined, o.c.Lost
			e.setCursor(&c, 0)
			p.note(e)
		}
	case opLooked:
		if img.hole == nil { // what was registered before it may be missing
			p.looked, p.record = o.looked, true
		}
	case opForget:
		for _, id := range o.ids {
			p.remove(id)
		}
	}
}

// stamp names a moment in file names.
func stamp(t time.Time) string { return t.UTC().Format("20060102T150405Z") }
