package checkpoint

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"logskiff/readers"
	"logskiff/record"
)

// A hundred thousand streams that appear at once are stored in about ten times the time of
// ten thousand, not in a hundred times it.
func TestManyNewStreamsAreStoredInTheirOwnTime(t *testing.T) {
	took := func(n int) time.Duration {
		s, err := Open(t.TempDir(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		p := s.Pipeline("a/b")
		rnd := rand.New(rand.NewPCG(1, 2))
		for range n {
			var id record.StreamID
			binary.LittleEndian.PutUint64(id[:], rnd.Uint64())
			if err := p.Register(readers.Checkpoint{ID: id, Identity: readers.Identity{Path: "/var/log/a.log", Name: "/var/log/a.log"}}, false); err != nil {
				t.Fatal(err)
			}
		}
		begun := time.Now()
		if err := s.commit(); err != nil {
			t.Fatal(err)
		}
		return time.Since(begun)
	}
	few := max(took(5_000), 5*time.Millisecond)
	if many := took(100_000); many > 60*few {
		t.Errorf("5,000 new streams take %v, 100,000 take %v", few, many)
	}
}
