package conf

import "strings"

// Masked returns the text of a file of a configuration as it may be shown: each secret, whatever resembles one, and user and
// password of each URL is ***. It does not read any other file.
func Masked(name, text string, kinds Kinds) string {
	l := newLoader(kinds)
	d := l.add(name, text)
	if d.tree == nil { // no TOML: what a secret is, only its key can tell
		for i := range d.starts {
			d.maskBrokenText(d.starts[i], l.secrets)
		}
	} else {
		l.topLevel(d)
		for key, value := range d.tree {
			d.maskLike(key, key, value, l.secrets)
		}
	}
	d.masks = append(d.masks, userInfo(d.text, span{0, len(d.text)})...)
	var b strings.Builder
	at := 0
	for _, m := range merge(d.masks) {
		start, end := max(at, m.start), min(m.end, len(d.text))
		if end <= start {
			continue
		}
		b.WriteString(d.text[at:start] + maskText)
		at = end
	}
	return b.String() + d.text[at:]
}
