package parsers

import "strings"

// isApacheDirective reports whether text is a LogFormat or CustomLog line of httpd.conf.
func isApacheDirective(text string) bool {
	word, rest, _ := strings.Cut(text, " ")
	if word, _, ok := strings.Cut(word, "\t"); ok {
		return isApacheDirective(word + " " + rest)
	}
	return strings.EqualFold(word, "LogFormat") || strings.EqualFold(word, "CustomLog") || strings.EqualFold(word, "TransferLog")
}

// readApacheDirective returns the format of a directive:
//
//	LogFormat format [nickname]
//	CustomLog file|pipe format|nickname [env=…|expr=…]
func readApacheDirective(text string) (string, error) {
	words := apacheWords(text)
	directive, at := words[0], 1
	if !strings.EqualFold(directive, "LogFormat") {
		at = 2
	}
	if len(words) <= at {
		return "", badApache("paste the whole line", "the %s directive has no format", directive)
	}
	format := words[at]
	if strings.Contains(format, "%") {
		return format, nil
	}
	if named, ok := apacheFormats[format]; ok {
		return named, nil
	}
	return "", badApache("paste the LogFormat line that ends in "+format, "%q is a nickname that another LogFormat defines", format)
}

// apacheWords splits a line of httpd.conf as ap_getword_conf does: quoted by " or ', with
// backslashes before that quote and before themselves; a backslash at the end of a
// line continues it.
func apacheWords(text string) []string {
	text = strings.NewReplacer("\\\r\n", "", "\\\n", "").Replace(text)
	var words []string
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		if text == "" {
			return words
		}
		stops := " \t\r\n"
		if text[0] == '"' || text[0] == '\'' {
			stops, text = text[:1], text[1:]
		}
		var word strings.Builder
		i := 0
		for i < len(text) && strings.IndexByte(stops, text[i]) < 0 {
			if text[i] == '\\' && i+1 < len(text) && (text[i+1] == '\\' || len(stops) == 1 && text[i+1] == stops[0]) {
				i++
			}
			word.WriteByte(text[i])
			i++
		}
		words = append(words, word.String())
		text = text[min(i+1, len(text)):]
	}
}
