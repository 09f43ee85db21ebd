package chart

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

func TestSVGIsWellFormedAndToScale(t *testing.T) {
	svg := string(SVG([]Panel{
		{Title: "MB/s <fast>", Format: "%.0f", Bars: []Bar{{"ours & theirs", 800, true}, {"other", 200, false}, {"none", 0, false}}},
		{Title: "empty", Format: "%.1f"},
	}))
	d := xml.NewDecoder(strings.NewReader(svg))
	var widths []string
	var text strings.Builder
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			for _, a := range e.Attr {
				if e.Name.Local == "rect" && a.Name.Local == "width" {
					widths = append(widths, a.Value)
				}
			}
		case xml.CharData:
			text.Write(e)
		}
	}
	if got := strings.Join(widths, " "); got != "460.0 115.0 0.0" {
		t.Errorf("widths of bars: %s", got)
	}
	for _, want := range []string{"MB/s <fast>", "ours & theirs", "800", "200", "prefers-color-scheme:dark"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in the chart", want)
		}
	}
}
