package conf

import (
	"slices"
	"strconv"
	"strings"
)

// mostKnown is how many words a hint lists.
const mostKnown = 32

// DidYouMean is the hint for a word that is none of known: the nearest one, or
// all of them when none is near and they are few.
func DidYouMean(word string, known []string) string {
	if best := nearest(word, known); best != "" {
		return "did you mean " + strconv.Quote(best) + "?"
	}
	if len(known) == 0 || len(known) > mostKnown {
		return ""
	}
	sorted := slices.Sorted(slices.Values(known))
	return "known: " + strings.Join(sorted, ", ")
}

// nearest returns the known word that word is most likely a misspelling of, or "".
func nearest(word string, known []string) string {
	word = strings.ToLower(word)
	limit := 1
	if len(word) >= 4 {
		limit = 2
	}
	if len(word) >= 9 {
		limit = 3
	}
	best := ""
	for _, k := range slices.Sorted(slices.Values(known)) {
		if abs(len(k)-len(word)) > limit {
			continue
		}
		if d := distance(word, strings.ToLower(k)); d <= limit && d < max(len(k), 2) {
			best, limit = k, d-1 // from here on only a nearer one will do
		}
	}
	if best != "" || len(word) < 4 {
		return best
	}
	for _, k := range slices.Sorted(slices.Values(known)) {
		if strings.HasPrefix(k, word) || len(k) >= 4 && strings.HasPrefix(word, k) {
			return k
		}
	}
	return ""
}

func abs(n int) int { return max(n, -n) }

// distance counts the edits that make b of a: a byte put in, left out or
// replaced, or two neighbours swapped (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			same := 1
			if a[i-1] == b[j-1] {
				same = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+same)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
