package agent

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/parsers"
)

// cloned counts the parsers that are made of it.
type cloned struct {
	parsers.Parser
	n *atomic.Int64
}

func (c cloned) Clone() parsers.Parser {
	c.n.Add(1)
	return c.Parser.Clone()
}

// Each worker has a parser of its own: one for each core, and one alone where the order counts.
func TestThereAreAsManyParseWorkersAsCores(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var known atomic.Bool
			known.Store(true)
			p, _, _, _ := waitingPipeline(t, &known)
			c := cloned{p.parser, new(atomic.Int64)}
			p.parser, p.keepOrder = c, ordered
			soft, stop := context.WithCancel(t.Context())
			hard, kill := context.WithCancel(t.Context())
			defer kill()
			var run sync.WaitGroup
			run.Go(func() {
				if err := p.Run(soft, hard); err != nil {
					t.Error(err)
				}
			})
			time.Sleep(time.Minute)
			want := int64(runtime.GOMAXPROCS(0))
			if ordered {
				want = 1
			}
			if n := c.n.Load(); n != want {
				t.Errorf("ordered %t: %d workers, want %d", ordered, n, want)
			}
			stop()
			run.Wait()
		})
	}
}
