package encode

import "hash/maphash"

// names knows which names an object under way has, so that none is written twice. Its memory is used again.
type names struct {
	seed  maphash.Seed
	slots []nameSlot // a power of two of them, at most half full
	used  int
	round uint32 // of the object; slots of others are free
}

// nameSlot is a name as it stands in the output, with its quotes.
type nameSlot struct {
	hash     uint64
	off, len uint32
	round    uint32
}

// begin forgets those of the object before.
func (n *names) begin() {
	if n.slots == nil {
		n.seed, n.slots = maphash.MakeSeed(), make([]nameSlot, 128)
	}
	if n.round++; n.round == 0 { // slots of the first rounds would be taken for this one's
		clear(n.slots)
		n.round = 1
	}
	n.used = 0
}

// isNew notes the name that stands in dst[from:]. false: the object has it.
func (n *names) isNew(dst []byte, from int) bool {
	name := dst[from:]
	hash := maphash.Bytes(n.seed, name)
	at := int(hash) & (len(n.slots) - 1)
	for ; n.slots[at].round == n.round; at = (at + 1) & (len(n.slots) - 1) {
		if s := &n.slots[at]; s.hash == hash && string(dst[s.off:s.off+s.len]) == string(name) {
			return false
		}
	}
	n.slots[at] = nameSlot{hash, uint32(from), uint32(len(name)), n.round}
	if n.used++; 2*n.used > len(n.slots) {
		n.grow()
	}
	return true
}

func (n *names) grow() {
	old := n.slots
	n.slots = make([]nameSlot, 2*len(old))
	for _, s := range old {
		if s.round != n.round {
			continue
		}
		at := int(s.hash) & (len(n.slots) - 1)
		for n.slots[at].round == n.round {
			at = (at + 1) & (len(n.slots) - 1)
		}
		n.slots[at] = s
	}
}
