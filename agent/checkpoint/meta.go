package checkpoint

import (
	"encoding/binary"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"logskiff/record"
)

// The database has two buckets. "checkpoints" holds a bucket for each pipeline,
// in which the key is a stream id and the value what appendValue makes. "meta"
// holds the records below, each followed by a CRC32C of its key and itself.
//
// A change that an older program must not meet raises formatVersion, and
// readState gets a case that reads the older format. A store of an older format than
// oldestFormat is written in that one when it is opened. It is of the newest only from when it first has what an
// older program cannot read, so that until then one can be gone back to.
//
//	1  the first
//	2  a checkpoint can have hasSince
//	3  a checkpoint can have hasReal, and a pipeline when it looked
//	4  a value can have version 2: a stream that is no file's, or whose offsets are not bytes
const (
	formatVersion = 4
	oldestFormat  = 3 // that is written
)

var (
	metaBucket       = []byte("meta")
	checkpointBucket = []byte("checkpoints")
	formatKey        = []byte("format") // the format, 4 bytes
	stateKey         = []byte("state")
	pipelinePrefix   = []byte("pipeline:") // and its name
)

// state is the record of the whole store, and its format.
type state struct {
	format   uint32 // a record of its own
	applied  uint64 // the journal up to here is in the database
	agentID  [16]byte
	freshAll bool // so are pipelines the store does not know
}

func (s state) encode() []byte {
	b := binary.LittleEndian.AppendUint64(nil, s.applied)
	b = append(b, s.agentID[:]...)
	return append(b, boolByte(s.freshAll))
}

// tally tells, of one pipeline's bucket, whether something in it is missing:
// a damaged page can hide values whose checksums were right.
type tally struct {
	count uint64
	xor   uint32 // of the checksums of all values
}

func (t tally) encode(fresh bool, looked int64) []byte {
	b := binary.LittleEndian.AppendUint64(nil, t.count)
	b = binary.LittleEndian.AppendUint32(b, t.xor)
	return binary.LittleEndian.AppendUint64(append(b, boolByte(fresh)), uint64(looked))
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func sealed(key, v []byte) []byte {
	return binary.LittleEndian.AppendUint32(slices.Clip(v), checksum(key, v))
}

func unseal(key, v []byte) (decoder, error) {
	if len(v) < 4 || binary.LittleEndian.Uint32(v[len(v)-4:]) != checksum(key, v[:len(v)-4]) {
		return decoder{}, fmt.Errorf("%w: its record %q", errDamaged, key)
	}
	return decoderOf(v[:len(v)-4]), nil
}

// readState reads the format and the record of the store.
func readState(tx *bbolt.Tx) (s state, err error) {
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		return s, fmt.Errorf("%w: it has no %q", errDamaged, metaBucket)
	}
	d, err := unseal(formatKey, meta.Get(formatKey))
	if err != nil {
		return s, err
	}
	raw := d.Take(4)
	if raw == nil {
		return s, fmt.Errorf("%w: its record %q", errDamaged, formatKey)
	}
	switch version := binary.BigEndian.Uint32(raw); version {
	case 1, 2, 3, 4:
		s, err = readState1(meta)
		s.format = version
		return s, err
	default:
		return s, fmt.Errorf("%w: it has format %d, this program knows up to %d", ErrVersion, version, formatVersion)
	}
}

func readState1(meta *bbolt.Bucket) (s state, err error) {
	d, err := unseal(stateKey, meta.Get(stateKey))
	if err != nil {
		return s, err
	}
	s.applied = d.Uint64()
	copy(s.agentID[:], d.Take(16))
	s.freshAll = d.Byte() != 0
	if d.Bad {
		return s, fmt.Errorf("%w: its record %q", errDamaged, stateKey)
	}
	return s, nil
}

func readTally(key, v []byte) (t tally, fresh bool, looked int64, err error) {
	d, err := unseal(key, v)
	if err != nil {
		return t, false, 0, err
	}
	t.count = d.Uint64()
	if p := d.Take(4); p != nil {
		t.xor = binary.LittleEndian.Uint32(p)
	}
	fresh = d.Byte() != 0
	if len(d.Rest) > 0 { // since format 3
		looked = int64(d.Uint64())
	}
	if d.Bad {
		return t, false, 0, fmt.Errorf("%w: its record %q", errDamaged, key)
	}
	return t, fresh, looked, nil
}

// change is what one transaction writes.
type change struct {
	state
	whole     bool // it is all there is, for a new database
	pipelines []pipelineChange
}

// puts returns how many streams it has.
func (c *change) puts() (n int) {
	for i := range c.pipelines {
		n += len(c.pipelines[i].put)
	}
	return n
}

type pipelineChange struct {
	p       *Pipeline
	fresh   bool
	looked  int64
	before  tally
	tally   tally // afterwards
	put     []*entry
	was     []was    // before
	sums    []uint32 // of the values of put
	start   int      // in values, of the first value of put
	ends    []int    // in values, of the values of put
	values  []byte
	ids     []record.StreamID // of put
	forget  []record.StreamID // before put
	dropped map[record.StreamID]uint32
}

// write is the transaction.
func (c *change) write(tx *bbolt.Tx) error {
	meta, err := tx.CreateBucketIfNotExists(metaBucket)
	if err != nil {
		return err
	}
	all, err := tx.CreateBucketIfNotExists(checkpointBucket)
	if err != nil {
		return err
	}
	for i := range c.pipelines {
		if err := c.pipelines[i].write(meta, all); err != nil {
			return err
		}
	}
	if err := meta.Put(formatKey, sealed(formatKey, binary.BigEndian.AppendUint32(nil, c.format))); err != nil {
		return err
	}
	return meta.Put(stateKey, sealed(stateKey, c.encode()))
}

func (c *pipelineChange) write(meta, all *bbolt.Bucket) error {
	b, err := all.CreateBucketIfNotExists([]byte(c.p.name))
	if err != nil {
		return err
	}
	for _, id := range c.forget {
		if err := b.Delete(id[:]); err != nil {
			return err
		}
	}
	start := c.start
	for i, end := range c.ends {
		if err := b.Put(c.ids[i][:], c.values[start:end]); err != nil {
			return err
		}
		start = end
	}
	key := append(slices.Clone(pipelinePrefix), c.p.name...)
	return meta.Put(key, sealed(key, c.tally.encode(c.fresh, c.looked)))
}
