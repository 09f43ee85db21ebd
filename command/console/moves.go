package console

import (
	"io"
	"strconv"
	"strings"

	"logskiff/agent/api"
	"logskiff/preview/terminal"
)

// WriteMoves says what comes of cursors that are put elsewhere, for a terminal of so many columns; 0: any number.
func WriteMoves(w io.Writer, moves api.OffsetMoves, width int) error {
	rows := [][]string{{"PIPELINE", "FROM", "TO", "SIZE", "SKIPPED", "AGAIN"}}
	again, skipped := false, false
	var b strings.Builder
	for _, m := range moves.Moves {
		number := func(n api.Count) string { return strconv.FormatInt(int64(n), 10) }
		rows = append(rows, []string{m.Pipeline, number(m.From), number(m.To), number(m.Size), number(m.Skipped), number(m.Again)})
		again, skipped = again || m.Again > 0, skipped || m.Skipped > 0
	}
	if err := Table(&b, width, rows); err != nil {
		return err
	}
	if width == 0 {
		width = 1 << 20
	}
	for _, m := range moves.Moves {
		if m.Error != "" {
			fold(&b, terminal.Escape(m.Pipeline+" stays where it is: "+m.Error), width)
		}
	}
	if skipped {
		fold(&b, "What is skipped is not sent, and counted as skipped.", width)
	}
	if again {
		fold(&b, "What is sent again has the identity that it had: a forwarder of Logskiff recognises it and keeps one of it, others may keep both.", width)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
