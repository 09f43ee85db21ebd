package console

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"logskiff/preview/terminal"
)

// Width returns the columns of the terminal behind f; 0: it is none.
func Width(f *os.File) int {
	ws, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return max(int(ws.Col), 20)
}

const minColumn = 12

// Table writes rows in aligned columns, the first row being the heads. Cells are
// escaped. In width columns (0: any number) the widest cells are cut in their middle.
func Table(w io.Writer, width int, rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i := range row {
			row[i] = terminal.Escape(row[i])
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	narrow(widths, width)
	for i := range widths {
		keepApart(rows, i, widths)
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			cell = cut(cell, widths[i])
			line += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// narrow takes from the widest column what does not fit.
func narrow(widths []int, width int) {
	for width > 0 {
		total, widest := 2*(len(widths)-1), 0
		for i, n := range widths {
			total += n
			if n > widths[widest] {
				widest = i
			}
		}
		if total <= width || widths[widest] <= minColumn {
			return
		}
		widths[widest]--
	}
}

// keepApart makes a column as wide as it must be for two cells that differ to look different.
func keepApart(rows [][]string, column int, widths []int) {
	for {
		shown, alike := map[string]string{}, false
		for _, row := range rows {
			if column >= len(row) {
				continue
			}
			short := cut(row[column], widths[column])
			if other, there := shown[short]; there && other != row[column] {
				alike = true
				break
			}
			shown[short] = row[column]
		}
		if !alike {
			return
		}
		widths[column]++
	}
}

func cut(s string, width int) string {
	r := []rune(s)
	if len(r) <= width {
		return s
	}
	left := (width - 1) / 2
	return string(r[:left]) + "…" + string(r[len(r)-(width-1-left):])
}
