package discover

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"logskiff/conf"
)

// TOML writes a configuration that follows what was found: a [[source]] for each
// log, with comments that say why, and a sender to be changed.
func TOML(found Found) string {
	var b strings.Builder
	b.WriteString("# Written by \"logskiff discover --toml\". Take what you want; logskiff check -c FILE says whether it is right.\n")
	taken := map[string]bool{}
	n := 0
	for _, l := range found.Logs {
		if !utf8.ValidString(l.Path) {
			fmt.Fprintf(&b, "\n# %s has bytes in its name that TOML cannot say; name it by a glob.\n", Comment(l.Path))
			continue
		}
		n++
		source(&b, l, SourceName(l.Path, taken))
	}
	for _, note := range found.Notes {
		fmt.Fprintf(&b, "\n# Not followed: %s: %s", Comment(note.Where), Comment(note.Text))
	}
	if len(found.Notes) > 0 {
		b.WriteByte('\n')
	}
	if n > 0 {
		b.WriteString(`
# Put your forwarders here. Leave it out where the configuration has a sender already.
[[sender]]
name = "ingest"
http = { endpoints = ["http://127.0.0.1:7711"] }
`)
	}
	return b.String()
}

func source(b *strings.Builder, l Log, name string) {
	b.WriteByte('\n')
	switch p := l.Parser; {
	case !l.Readable:
		b.WriteString("# ")
	case p.Lines == 0:
		b.WriteString("# It holds no line yet. ")
	case p.Kind == "raw":
		b.WriteString("# No parser reads most of its lines, so they are sent as they are. ")
	default:
		fmt.Fprintf(b, "# %s reads %d of the last %d. ", p.Kind, p.Parsed, p.Lines)
	}
	fmt.Fprintf(b, "Found: %s.\n", Comment(strings.Join(l.Found[:min(3, len(l.Found))], ", ")))
	if len(l.Files) > 0 {
		fmt.Fprintf(b, "# It stands for %d files now.\n", len(l.Files))
	}
	if r := l.Rotation; r != nil {
		fmt.Fprintf(b, "# logrotate (%s): %s.\n", Comment(r.Where), Comment(r.String()))
	}
	if !l.Readable {
		fmt.Fprintf(b, "# It cannot be read (%s). Let it in: %s\n", Comment(l.Problem), Comment(l.Advice))
	}
	paths := l.Path
	if len(l.Files) == 0 {
		paths = EscapeGlob(paths)
	}
	key := "parser." + l.Parser.Kind
	multiline := ""
	if preset := Multiline(l.Parser.Kind); preset != "" {
		multiline = ", multiline = { preset = " + conf.Quote(preset) + " }"
	}
	width := max(len(key), len("reader.file"))
	fmt.Fprintf(b, "[[source]]\n%-*s = %s\n%-*s = { paths = [%s], start_at = \"end\"%s }\n%-*s = %s\n",
		width, "name", conf.Quote(name), width, "reader.file", conf.QuoteExpanded(paths), multiline, width, key, l.Parser.Settings)
}

// EscapeGlob keeps a file's name from being read as a glob.
func EscapeGlob(name string) string { return globEscapes.Replace(name) }

var globEscapes = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `{`, `\{`, `}`, `\}`)

// Comment makes text fit in one comment of TOML.
func Comment(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// SourceName makes a name for a source of its path that no other has, and takes it:
// /var/log/nginx/access.log becomes nginx-access.
func SourceName(p string, taken map[string]bool) string {
	p = strings.TrimPrefix(p, "/var/log/")
	p = strings.TrimSuffix(p, path.Ext(p))
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, p)
	for strings.Contains(clean, "--") {
		clean = strings.ReplaceAll(clean, "--", "-")
	}
	clean = strings.Trim(clean, "-")
	clean = strings.TrimRight(clean[:min(len(clean), 55)], "-")
	if clean == "" {
		clean = "log"
	}
	unique := clean
	for i := 2; taken[unique]; i++ {
		unique = fmt.Sprintf("%s-%d", clean, i)
	}
	taken[unique] = true
	return unique
}
