package api

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"logskiff/agent/history"
)

func (s *Server) getHistory(c *call) {
	q := c.r.URL.Query()
	seconds, ok := number(q.Get("seconds"), 1, int(history.Length/time.Second), int(history.Length/time.Second))
	if !ok {
		fail(c.w, http.StatusBadRequest, "query", "seconds must be from 1 to 900", "")
		return
	}
	kind, name := q.Get("kind"), q.Get("name")
	if !slices.Contains([]string{"", OfSource, OfSender, OfEndpoint}, kind) {
		fail(c.w, http.StatusBadRequest, "query", "kind must be source, sender or endpoint", "")
		return
	}
	end, step, all := s.History.Window(time.Duration(seconds)*time.Second, func(k history.Key) bool {
		return (kind == "" || kind == k.Kind) && (name == "" || name == k.Name)
	})
	a := historyAnswer{End: *stamp(end), Step: SecondsOf(step), Rows: []historyRow{}}
	for _, one := range all {
		row := historyRow{Kind: one.Kind, Name: one.Name, Endpoint: one.Sub, Figures: map[string]values{}}
		for i, name := range Figures(one.Kind, Units(one.Shape)) {
			row.Figures[name] = one.Columns[i]
		}
		a.Rows = append(a.Rows, row)
	}
	answer(c.w, http.StatusOK, a)
}

// number reads a decimal number; without one it is other.
func number(text string, least, most, other int) (int, bool) {
	if text == "" {
		return other, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && least <= n && n <= most
}
