package parsers

import "regexp/syntax"

// alternatives returns a function that says whether two groups of a pattern stand in different
// branches of an alternation, so that no match has both. In a repeated alternation each turn can
// take another branch.
func alternatives(pattern string) func(a, b int) bool {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		panic("BUG: a pattern that was compiled cannot be parsed: " + err.Error())
	}
	branches := map[int][]branch{}
	walkBranches(re, nil, branches)
	return func(a, b int) bool {
		for i, one := range branches[a] {
			if i >= len(branches[b]) || branches[b][i].of != one.of {
				return false
			}
			if branches[b][i].which != one.which {
				return one.of.Op == syntax.OpAlternate
			}
			if repeats(one.of) {
				return false
			}
		}
		return false
	}
}

// branch is which of the parts of an expression is taken.
type branch struct {
	of    *syntax.Regexp
	which int
}

// walkBranches notes for each group the way to it.
func walkBranches(re *syntax.Regexp, way []branch, ways map[int][]branch) {
	if re.Op == syntax.OpCapture {
		ways[re.Cap] = way
	}
	for i, sub := range re.Sub {
		walkBranches(sub, append(way[:len(way):len(way)], branch{re, i}), ways)
	}
}

// repeats reports whether an expression may match several times in a row.
func repeats(re *syntax.Regexp) bool {
	return re.Op == syntax.OpStar || re.Op == syntax.OpPlus || re.Op == syntax.OpRepeat && re.Max != 1
}

// sharedColumn returns the column of the fields before f that have its name and that no match
// has beside it, or -1.
func sharedColumn(before []regexField, f *regexField, others func(a, b int) bool) int {
	for i := range before {
		c := before[i].column
		shared := before[i].name == f.name
		for k := range before {
			shared = shared && (before[k].column != c || others(before[k].group, f.group))
		}
		if shared {
			return c
		}
	}
	return -1
}
