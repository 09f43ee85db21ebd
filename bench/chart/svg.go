// Package chart draws bar charts as SVG that can be read on light and on dark
// pages. It knows bars and labels, not what they mean.
package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// Bar is one value. Strong ones are drawn in the first colour.
type Bar struct {
	Label  string
	Value  float64
	Strong bool
}

// Panel is bars of one unit, drawn to one scale.
type Panel struct {
	Title  string
	Format string // of values, for fmt: "%.0f"
	Bars   []Bar
}

const (
	width  = 760
	label  = 230 // width of the labels
	number = 70  // width of the values
	barGap = 24  // from one bar to the next
	barH   = 16
	head   = 34 // height of a panel's title
)

// style is the page's: text and bars change with the reader's colour scheme.
const style = `text{font:13px system-ui,sans-serif;fill:#24292f}.t{font-weight:600;font-size:15px}` +
	`.a{fill:#0969da}.b{fill:#9aa4af}` +
	`@media(prefers-color-scheme:dark){text{fill:#e6edf3}.a{fill:#58a6ff}.b{fill:#6e7681}}`

// SVG draws the panels one below the other.
func SVG(panels []Panel) []byte {
	height := 0
	for _, p := range panels {
		height += head + len(p.Bars)*barGap + barGap/2
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, "<style>%s</style>\n", style)
	y := 0
	for _, p := range panels {
		y = p.draw(&b, y)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// draw draws one panel from y down and returns where the next begins.
func (p Panel) draw(b *bytes.Buffer, y int) int {
	fmt.Fprintf(b, `<text class="t" x="0" y="%d">%s</text>`+"\n", y+20, escape(p.Title))
	y += head
	most := 0.0
	for _, bar := range p.Bars {
		most = max(most, bar.Value)
	}
	for _, bar := range p.Bars {
		class, w := "b", 0.0
		if bar.Strong {
			class = "a"
		}
		if most > 0 {
			w = max(bar.Value, 0) / most * (width - label - number)
		}
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, label-10, y+barH-3, escape(bar.Label))
		fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"/>`, class, label, y, w, barH)
		fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`+"\n", label+w+8, y+barH-3, escape(fmt.Sprintf(p.Format, bar.Value)))
		y += barGap
	}
	return y + barGap/2
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a bytes.Buffer takes everything
	return b.String()
}
