package inbox

import (
	"cmp"
	"slices"
	"sync"

	"logskiff/readers"
)

// GivenUp counts what had to be given up, by reason: a reader whose clients keep nothing says so here, and hands
// the snapshot on in readers.Received. The zero value is ready to use.
type GivenUp struct {
	mu sync.Mutex
	by map[string]readers.GivenUp
}

// Add counts records of so many bytes. Reasons are constant texts, and few.
func (g *GivenUp) Add(why string, records, bytes int64) {
	if records == 0 && bytes == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.by == nil {
		g.by = map[string]readers.GivenUp{}
	}
	was := g.by[why]
	g.by[why] = readers.GivenUp{Why: why, Records: was.Records + records, Bytes: was.Bytes + bytes}
}

// Snapshot returns what was counted, sorted by reason.
func (g *GivenUp) Snapshot() []readers.GivenUp {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []readers.GivenUp
	for _, one := range g.by {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b readers.GivenUp) int { return cmp.Compare(a.Why, b.Why) })
	return all
}
