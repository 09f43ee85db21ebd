package conffiles

import (
	"strings"

	"logskiff/conf"
)

// Diff shows how a file changes, line by line, without its secrets: "-" before what goes, "+" before what comes, a space before what stays.
func (f *Files) Diff(file, from, to string) string {
	return diff(conf.Masked(file, from, f.Kinds), conf.Masked(file, to, f.Kinds))
}

// diffMost bounds the table of a comparison; longer files are shown as replaced, behind what is the same at both ends.
const diffMost = 1 << 20

func diff(from, to string) string {
	a, b := split(from), split(to)
	var head, tail []string
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head, a, b = append(head, a[0]), a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail, a, b = append(tail, a[len(a)-1]), a[:len(a)-1], b[:len(b)-1]
	}
	var out strings.Builder
	say := func(mark, line string) { out.WriteString(mark + line + "\n") }
	for _, l := range head {
		say(" ", l)
	}
	// longest[i][j] is how many lines a[i:] and b[j:] have in common, in order.
	if len(a)*len(b) <= diffMost {
		longest := make([][]int, len(a)+1)
		for i := range longest {
			longest[i] = make([]int, len(b)+1)
		}
		for i := len(a) - 1; i >= 0; i-- {
			for j := len(b) - 1; j >= 0; j-- {
				if a[i] == b[j] {
					longest[i][j] = longest[i+1][j+1] + 1
				} else {
					longest[i][j] = max(longest[i+1][j], longest[i][j+1])
				}
			}
		}
		for len(a) > 0 && len(b) > 0 {
			i, j := len(longest)-1-len(a), len(longest[0])-1-len(b)
			switch {
			case a[0] == b[0]:
				say(" ", a[0])
				a, b = a[1:], b[1:]
			case longest[i+1][j] >= longest[i][j+1]:
				say("-", a[0])
				a = a[1:]
			default:
				say("+", b[0])
				b = b[1:]
			}
		}
	}
	for _, l := range a {
		say("-", l)
	}
	for _, l := range b {
		say("+", l)
	}
	for i := len(tail) - 1; i >= 0; i-- {
		say(" ", tail[i])
	}
	return out.String()
}

func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}
