package console

import (
	"bytes"
	"fmt"
	"testing"

	"logskiff/agent/api"
)

func TestTheMovesAtEachWidth(t *testing.T) {
	moves := api.OffsetMoves{Moves: []api.OffsetMove{
		{Pipeline: "nginx-access-of-the-shop-in-frankfurt-1/ingest", From: 4_020_000_000, To: 0, Size: 4_060_000_000, Again: 4_020_000_000},
		{Pipeline: "nginx-access-of-the-shop-in-frankfurt-1/audit-s3", From: 12, To: 4_060_000_000, Size: 4_060_000_000, Skipped: 4_059_999_988},
		{Pipeline: "old/ingest", From: 12, To: 12, Size: 12, Error: "source \"old\" is not in the configuration any more \x1b[2J"},
	}}
	for _, width := range []int{40, 80, 200, 0} {
		var out bytes.Buffer
		if err := WriteMoves(&out, moves, width); err != nil {
			t.Fatal(err)
		}
		golden(t, fmt.Sprintf("testdata/moves-%d.txt", width), out.String())
	}
}
