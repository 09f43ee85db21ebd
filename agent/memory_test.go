package agent

import (
	"testing"

	"logskiff/conf"
)

func TestAllSharesTogetherStayWithinThreeEighths(t *testing.T) {
	want := conf.Batch{Bytes: 1 << 20}
	for _, n := range []int{1, 2, 3, 10, 50, 90} {
		s := shareMemory(64<<20, n, want)
		if s.batches < 2 || s.limits.Bytes < minBatch || s.limits.Lines < 1024 {
			t.Errorf("%d pipelines: a share of %+v cannot work", n, s)
		}
		if all := n * s.batches * s.limits.Bytes * batchCost; all > 64<<20*3/8 {
			t.Errorf("%d pipelines may hold %d bytes of batches", n, all)
		}
	}
}

func TestABatchIsNeverLargerThanAskedFor(t *testing.T) {
	s := shareMemory(1<<30, 1, conf.Batch{Bytes: 256 << 10, Lines: 10})
	if s.limits.Bytes != 256<<10 || s.limits.Lines != 10 {
		t.Fatalf("got %+v", s)
	}
}
