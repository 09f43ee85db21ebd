package discover

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"logskiff/conf"
)

// w3cFields takes the fields from the directive at the head of the file
// (https://www.w3.org/TR/WD-logfile.html).
func w3cFields(head []byte) string {
	for line := range bytes.Lines(head) {
		if bytes.HasPrefix(line, []byte("#Fields:")) {
			return "{ fields = " + conf.Quote(strings.ToValidUTF8(string(bytes.TrimSpace(line)), "?")) + " }"
		}
	}
	return ""
}

// minColumns is how many names make a line a header: two words with a comma
// between them are in many a sentence.
const minColumns = 3

var columnName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_ .()/%-]{0,63}$`)

// csvColumns takes the columns from the first line of the file, if that can be a
// header (RFC 4180). Lines with another number of values do not count as read.
func csvColumns(head []byte) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(string(head), "\uFEFF"), "\n")
	for _, delimiter := range []string{"\t", ",", ";", "|"} {
		names := strings.Split(strings.TrimSpace(first), delimiter)
		quoted := make([]string, len(names))
		for i, name := range names {
			if len(name) > 1 && name[0] == '"' && name[len(name)-1] == '"' {
				names[i] = name[1 : len(name)-1]
			}
			quoted[i] = conf.QuoteExpanded(names[i])
		}
		if len(names) < minColumns || slices.ContainsFunc(names, func(s string) bool { return !columnName.MatchString(s) }) {
			continue
		}
		settings := fmt.Sprintf("columns = [%s], header = true, strict = true", strings.Join(quoted, ", "))
		if delimiter != "," {
			settings += ", delimiter = " + conf.Quote(delimiter)
		}
		return "{ " + settings + " }"
	}
	return ""
}
