package conf

import (
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxSnippet = 160 // columns shown of one line
	maskText   = "***"
)

// shownLine is a line of a document as it may be printed: secrets masked, control
// characters escaped.
type shownLine struct {
	line    span
	cells   []rune  // one a column
	columns []int32 // the column that shows each byte, and the one behind the last
}

// showLine renders a line; masks do not overlap and are in order.
func showLine(text string, line span, masks []span) shownLine {
	s := shownLine{line: line, columns: make([]int32, 0, line.end-line.start+1)}
	show := func(what string, bytes int) {
		for range bytes {
			s.columns = append(s.columns, int32(len(s.cells)))
		}
		s.cells = append(s.cells, []rune(what)...)
	}
	first := sort.Search(len(masks), func(i int) bool { return masks[i].end > line.start })
	behind := sort.Search(len(masks), func(i int) bool { return masks[i].start >= line.end })
	masks = merge(append(slices.Clone(masks[first:max(first, behind)]), userInfo(text, line)...))
	for pos := line.start; pos < line.end; {
		for len(masks) > 0 && masks[0].end <= pos {
			masks = masks[1:]
		}
		if len(masks) > 0 && masks[0].start <= pos {
			end := min(masks[0].end, line.end)
			show(maskText, end-pos)
			pos = end
			continue
		}
		r, n := utf8.DecodeRuneInString(text[pos:line.end])
		if r == '\t' {
			show("    ", n)
		} else {
			show(printable(text[pos:pos+n]), n)
		}
		pos += n
	}
	s.columns = append(s.columns, int32(len(s.cells)))
	return s
}

// snippet cuts the line to what fits around the bytes mark, and says which of
// the columns left show these.
func (s *shownLine) snippet(mark span) (shown string, from, width int) {
	last := len(s.columns) - 1
	start := min(max(0, mark.start-s.line.start), last)
	end := min(max(start, mark.end-s.line.start), last)
	from, to := int(s.columns[start]), int(s.columns[end])
	if end > start && to == from {
		// It ends inside something masked: mark all of that.
		for end < last && int(s.columns[end]) == from {
			end++
		}
		to = int(s.columns[end])
	}
	width = max(1, to-from)
	if len(s.cells) <= maxSnippet {
		return string(s.cells), from, width
	}
	left := min(max(0, from-maxSnippet/2), len(s.cells)-maxSnippet)
	cells := slices.Clone(s.cells[left : left+maxSnippet])
	if left > 0 {
		cells[0] = '…'
	}
	if left+maxSnippet < len(s.cells) {
		cells[maxSnippet-1] = '…'
	}
	from -= left
	return string(cells), from, min(width, max(1, maxSnippet-from))
}

// merge puts masks in order and joins those that touch.
func merge(masks []span) (merged []span) {
	slices.SortFunc(masks, func(a, b span) int { return a.start - b.start })
	for _, m := range masks {
		if n := len(merged); n > 0 && m.start <= merged[n-1].end {
			merged[n-1].end = max(merged[n-1].end, m.end)
		} else if m.end > m.start {
			merged = append(merged, m)
		}
	}
	return merged
}

// userInfo finds "user:password@" of the URLs in a line.
func userInfo(text string, line span) (found []span) {
	for _, m := range regexp.MustCompile(`://[^/?#\s"']*@`).FindAllStringIndex(text[line.start:line.end], -1) {
		found = append(found, span{line.start + m[0] + len("://"), line.start + m[1] - 1})
	}
	return found
}

// printable escapes what a terminal could obey or cannot show.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if unicode.IsPrint(r) && (r != utf8.RuneError || n > 1) {
			b.WriteString(s[:n])
		} else {
			q := strconv.QuoteToASCII(s[:n])
			b.WriteString(q[1 : len(q)-1])
		}
		s = s[n:]
	}
	return b.String()
}

// quote is for words of the file in messages, which it keeps readable.
func quote(word string) string {
	if r := []rune(word); len(r) > 40 {
		word = string(r[:40]) + "…"
	}
	return strconv.Quote(word)
}
