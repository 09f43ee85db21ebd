package discover

import (
	"path"
	"slices"
	"strings"

	"logskiff/conf"
)

// enough is how many alike logs in one folder are told as one glob.
const enough = 3

// group replaces logs that are alike by one with a glob: those of a known place
// where files come and go, and at least three in one folder that one parser reads
// and whose glob matches no other file of that folder. globOf names the known glob of a log, or "".
func group(logs []Log, globOf func(Log) string, namesIn func(dir string) []string) []Log {
	type key struct{ place, parser string }
	sets := map[key][]int{}
	var order []key
	for i, l := range logs {
		if !isPlain(l.Path) {
			continue
		}
		place := globOf(l)
		if place == "" && (l.Parser.Kind == "raw" || !l.Readable) {
			continue // that nothing reads them does not make them alike
		}
		if place == "" {
			place = path.Dir(l.Path)
		}
		k := key{place, l.Parser.Text()}
		if sets[k] == nil {
			order = append(order, k)
		}
		sets[k] = append(sets[k], i)
	}
	gone := map[int]bool{}
	for _, k := range order {
		members := sets[k]
		glob, all := k.place, members
		if !isPattern(k.place) {
			if glob, all = covering(logs, members); glob == "" {
				continue
			}
			names := namesIn(k.place)
			covered := slices.ContainsFunc(names, func(name string) bool {
				return conf.MatchPath(glob, name) && !slices.ContainsFunc(all, func(i int) bool { return logs[i].Path == name }) && !isRotated(path.Base(name))
			})
			if covered {
				continue
			}
		} else if slices.ContainsFunc(order, func(o key) bool { return o.place == k.place && o.parser != k.parser }) {
			continue // the files of this place are not alike
		}
		logs[all[0]] = merge(glob, logs, all)
		for _, i := range all[1:] {
			gone[i] = true
		}
	}
	var out []Log
	for i, l := range logs {
		if !gone[i] {
			out = append(out, l)
		}
	}
	return out
}

// isPlain says whether a path can stand in a glob as it is.
func isPlain(name string) bool { return !strings.ContainsAny(name, `*?[]{}\`) }

// covering returns the glob for the largest set of logs of one folder that end
// alike, and that set; "" when it is too small.
func covering(logs []Log, members []int) (string, []int) {
	bySuffix := map[string][]int{}
	for _, i := range members {
		base := path.Base(logs[i].Path)
		for at := range len(base) {
			if at == 0 || strings.IndexByte("._-", base[at]) >= 0 || strings.IndexByte("._-", base[at-1]) >= 0 {
				bySuffix[base[at:]] = append(bySuffix[base[at:]], i)
			}
		}
	}
	best := ""
	for suffix, set := range bySuffix {
		// Of globs for the same set the longest says most.
		if n, most := len(set), len(bySuffix[best]); n > most || n == most && (len(suffix) > len(best) || len(suffix) == len(best) && suffix < best) {
			best = suffix
		}
	}
	if set := bySuffix[best]; len(set) >= enough {
		return path.Dir(logs[set[0]].Path) + "/*" + best, set
	}
	return "", nil
}

// merge makes one finding of several.
func merge(glob string, logs []Log, members []int) Log {
	l := logs[members[0]]
	l.Path, l.Files, l.Size, l.Growth = glob, nil, 0, 0
	l.Found = nil
	parsed, lines := 0, 0
	for _, i := range members {
		m := logs[i]
		l.Files = append(l.Files, m.Path)
		l.Size += m.Size
		l.Growth += m.Growth
		parsed += m.Parser.Parsed
		lines += m.Parser.Lines
		if m.Modified.After(l.Modified) {
			l.Modified = m.Modified
		}
		if l.Readable && !m.Readable {
			l.Readable, l.Problem, l.Advice = false, m.Problem, m.Advice
		}
		for _, why := range m.Found {
			if !slices.Contains(l.Found, why) {
				l.Found = append(l.Found, why)
			}
		}
	}
	l.Parser.Parsed, l.Parser.Lines = parsed, lines
	if lines > 0 {
		l.Parser.Score = float64(parsed) / float64(lines)
	}
	return l
}
