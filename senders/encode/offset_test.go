package encode

import (
	"fmt"
	"math"
	"testing"
)

func TestOffsetsAreWrittenWhole(t *testing.T) {
	var o opener
	for _, n := range []int64{0, 9, 9999, 10_000, 10_001, 99_999, 100_000, 19_999, 20_000, 9999, 1 << 40, 1<<40 + 1, math.MaxInt64} {
		if got, want := string(o.append([]byte("x"), n)), fmt.Sprintf(`x{"_offset":%d`, n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
