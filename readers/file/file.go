package file

import (
	"time"

	"logskiff/readers"
	"logskiff/readers/file/disk"
	"logskiff/readers/lines"
	"logskiff/record"
)

// file is one stream on its way: one content of one inode, from its first byte
// on. Reader.mu guards it. A quiet file costs this struct and its names.
type file struct {
	disk.Inode
	birth  int64   // when it was created, nanoseconds; 0: the file system does not say
	folder *folder // where it is now; nil: it has no name any more
	base   string  // its name there
	real   string  // where the link it was found by leads to, or ""

	*seldom                // what most files have nothing of; read through this, written by way of own
	stream  *record.Stream // nil until its first line is known
	kept    record.Stream  // the one that stream was first: see becomes

	finger     uint64
	fingerLen  uint16
	part       uint16      // parts handed out of the line at read
	groupLines int32       // of the group at read, as of tried
	groupState lines.State // likewise
	waiting    lines.State // streams of a container that wait for more pieces at read: see pieces.go

	state
	anchorLen uint16 // of the bytes before read, as anchorSum
	fd        int32  // -1: none open
	avgLine   uint32
	anchorSum uint64
	read      int64 // offset of the next byte to hand out
	size      int64 // found, in the stream's offsets
	mtime     int64 // as of size
	turned    int64 // mtime at its last turn
	tried     int64 // size at a turn that found no more whole records
	deliv     int64 // acknowledged
	skipped   int64
	grown     int64  // when it last changed, monotonic nanoseconds
	head      uint64 // hash of its first line
	lag
	nextHead *file     // of the same first line
	open     *openFile // nil: none is open
	pub      uint64    // a hash of what the registry was last told; 0: all of it is to be told
}

type state struct {
	enrolled   bool // the registry knows stream
	registered bool // and so it may be read, since the look in which that was told is over
	queued     bool // in the ready queue
	busy       bool // a worker has it
	again      bool // something happened while it was busy
	suspect    bool // Run is to find out what happened to it
	displaced  bool // it does not have the name any more under which it was found
	final      bool // nobody will complete its first line
	inGroup    bool // in Reader.grouping
	cutting    bool // cut is not stored yet; nothing is read meanwhile
	joining    bool // the group at read goes on in newer
	lossy      bool // some of it was lost
	holed      bool // it was said that it has NULs which are no part of a line
	ended      bool // nothing more is to be read
	retired    bool // no longer looked at; kept to be known again
	linked     bool // found by head
	forgotten  bool // the registry does not know it any more
	doubted    bool // its content is to be checked once its name is known
	alone      bool // known not to be a copy
	deleted    bool // has no name, and its descriptor says so
	hot        bool // in folder.hot
	tended     bool // in Reader.tended
	freed      bool // another file has its inode: it is gone, and nobody holds it open
	skips      bool // skipTo says where to begin
	owns       bool // seldom is its own, and not the one that many share
	ending     bool // in Reader.ends; one that is in it and not so is to be left out
	filed      bool // in Reader.gone; one that is in it and not retired is to be left out
}

// loss is what is gone of a file after its cursor.
type loss struct {
	bytes int64
	why   string
}

// former is what a new stream must not be taken for.
type former struct {
	epoch   uint64
	birth   int64
	mtime   int64
	inPlace bool // the file is the same, its content is another
}

// becomes gives f its stream. Most files have one in their lives, so there is room for it in the file: apart, a hundred
// thousand take 3 MB more. One that others may hold already is not written over.
func (f *file) becomes(s record.Stream) {
	if f.stream == nil && f.kept.ID == (record.StreamID{}) {
		f.kept = s
		f.stream = &f.kept
		return
	}
	f.stream = &s
}

// anchor is of the bytes before read.
func (f *file) anchor() record.Anchor { return record.Anchor{Len: f.anchorLen, Sum: f.anchorSum} }

func (f *file) anchorAt(a record.Anchor) { f.anchorLen, f.anchorSum = a.Len, a.Sum }

func (f *file) name() string {
	if f.folder == nil {
		return ""
	}
	return f.folder.join(f.base)
}

// called tells, without making a string, whether f has that name.
func (f *file) called(name string) bool {
	if f.folder == nil {
		return name == ""
	}
	dir := f.folder.path
	if dir == "/" {
		dir = ""
	}
	return len(name) == len(dir)+1+len(f.base) && name[:len(dir)] == dir && name[len(dir)] == '/' && name[len(dir)+1:] == f.base
}

// shareName makes f's name in its folder a part of the path that its stream has anyway, where it still has that: 100,000
// names are more than 2 MB.
func (f *file) shareName() {
	if path := f.stream.Path; f.folder != nil && f.called(path) && f.folder.files[f.base] == f {
		f.base = path[len(path)-len(f.base):]
		f.folder.files[f.base] = f // a map takes the key over, too
	}
}

// isAnother tells whether a file on f's inode that was created at born is not f.
func (f *file) isAnother(born int64) bool {
	return f.birth != 0 && born != 0 && f.birth != born && f.arch == nil && f.spool == ""
}

func (f *file) behind() bool { return f.read < f.size }

// allDelivered tells whether nothing of f is on its way.
func (f *file) allDelivered() bool { return f.deliv >= f.read }

// known returns what is stored of f beside its position.
func (f *file) known() readers.Known {
	k := f.named()
	k.State = f.is()
	return k
}

// named returns it without the state, which is made anew each time.
func (f *file) named() readers.Known {
	k := readers.Known{Path: f.stream.Path, Real: f.real, Size: max(f.size, f.read)}
	if f.short > 0 {
		k.Size = f.short
	}
	switch {
	case f.spool != "":
	case f.arch != nil:
		k.Name = f.arch.path
	case f.called(k.Path):
		k.Name = k.Path // one string, not two alike
	default:
		k.Name = f.name()
	}
	return k
}

// is returns what f is known again by.
func (f *file) is() readers.State {
	id := Identity{
		Device: f.Dev, Inode: f.Ino, Epoch: f.epoch, FingerLen: f.fingerLen, Finger: f.finger,
		Modified: time.Unix(0, f.mtime), Cut: f.cut, Since: f.since,
	}
	if f.lent != nil {
		id.Join, id.JoinLen = f.lent.to, f.lent.bytes
	}
	if f.goneAt != 0 {
		id.Gone = time.Unix(0, f.goneAt)
	}
	if f.spool != "" {
		id.Spool, id.SpoolAt = f.spool, f.at
	}
	return id.State()
}

func (f *file) checkpoint() readers.Checkpoint {
	return readers.Checkpoint{
		ID: f.stream.ID, Known: f.known(),
		Position: record.Position{Offset: f.read, Anchor: f.anchor()},
		Skipped:  f.skipped,
	}
}

// published tells, without making a string, that the registry knows all of f.
func (f *file) published() bool {
	size := max(f.size, f.read)
	if f.short > 0 {
		size = f.short
	}
	if f.arch != nil || f.spool != "" || f.folder == nil || f.goneAt != 0 {
		return false
	}
	name := uint64(firstSum)
	if f.folder.path != "/" {
		name = nameSum(name, f.folder.path)
	}
	name = nameSum(nameSum(name, "/"), f.base)
	return f.pub == f.toldSum(name, size, f.lends())
}

// told returns a hash of what the registry knows when it was told k, of f as it is now.
func (f *file) told(k *readers.Known) uint64 {
	return f.toldSum(nameSum(firstSum, k.Name), k.Size, f.lends())
}

const firstSum = 0xcbf29ce484222325

// nameSum goes on with a hash (FNV-1a) over a name's bytes.
func nameSum(sum uint64, name string) uint64 {
	for i := range len(name) {
		sum = (sum ^ uint64(name[i])) * 0x100000001b3
	}
	return sum
}

// toldSum is a hash of what the registry is told, the name's among it.
func (f *file) toldSum(name uint64, size, join int64) uint64 {
	sum := nameSum(uint64(len(f.real))+1, f.real)
	spool := uint64(0)
	if f.spool != "" {
		spool = 1
	}
	for _, v := range [...]uint64{name, f.Dev, f.Ino, uint64(size), uint64(f.goneAt), uint64(f.cut), uint64(join), uint64(f.fingerLen)<<1 | spool} {
		sum = (sum ^ v) * 0x9e3779b97f4a7c15 // each step can be undone, so that two of which one value differs are told apart
		sum ^= sum >> 32
	}
	return max(sum, 1)
}
