package console

import (
	"io"
	"unicode/utf8"

	"logskiff/preview/terminal"
)

// blockRows is how many rows of a long table are kept until their columns are known.
const blockRows = 256

// Columns writes a table of any length in aligned columns, keeping a few rows of it. A column gets wider
// when a later cell needs it, and never narrower.
type Columns struct {
	out    io.Writer
	widths []int
	rows   [][]string
	text   []byte
}

// NewColumns begins a table with its heads.
func NewColumns(out io.Writer, heads ...string) *Columns {
	return &Columns{out: out, widths: make([]int, len(heads)), rows: [][]string{heads}}
}

// Row adds a row with as many cells as there are heads. Cells are escaped.
func (c *Columns) Row(cells ...string) error {
	c.rows = append(c.rows, cells)
	if len(c.rows) < blockRows {
		return nil
	}
	return c.Flush()
}

// Flush writes what is kept.
func (c *Columns) Flush() error {
	for _, row := range c.rows {
		for i := range row {
			row[i] = terminal.Escape(row[i])
			c.widths[i] = max(c.widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	c.text = c.text[:0]
	for _, row := range c.rows {
		for i, cell := range row {
			c.text = append(c.text, cell...)
			if i < len(row)-1 {
				for range c.widths[i] - utf8.RuneCountInString(cell) + 2 {
					c.text = append(c.text, ' ')
				}
			}
		}
		c.text = append(c.text, '\n')
	}
	c.rows = c.rows[:0]
	_, err := c.out.Write(c.text)
	return err
}
