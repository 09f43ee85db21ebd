package command

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// loadEnvironment sets the variables of a file that systemd would read for the service:
// EnvironmentFile= of systemd.exec(5). "": there is none.
func loadEnvironment(path string) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("cannot read the environment; it is root's, so try with sudo: %w", err)
	}
	if err != nil {
		return fmt.Errorf("cannot read the environment: %w", err)
	}
	for name, value := range parseEnvironment(string(text)) {
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("cannot set %s of %s: %w", name, path, err)
		}
	}
	return nil
}

// parseEnvironment reads NAME=value lines as systemd does: empty lines and those that begin
// with # or ; are skipped; a value may be in quotes, over several lines; \\ keeps the next
// character, and joins the next line. What is no assignment is skipped, as there.
func parseEnvironment(text string) map[string]string {
	variables := map[string]string{}
	for text != "" {
		text = strings.TrimLeft(text, " \t\r\n")
		line, after, _ := strings.Cut(text, "\n")
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			text = after
			continue
		}
		name, _, found := strings.Cut(line, "=")
		if !found {
			text = after
			continue
		}
		var value string
		value, text = environmentValue(text[len(name)+1:])
		if name = strings.TrimSpace(name); isVariableName(name) {
			variables[name] = value
		}
	}
	return variables
}

// environmentValue reads a value up to the end of its line.
func environmentValue(text string) (value, rest string) {
	var b strings.Builder
	kept := 0 // of b, up to which white space at its end stays
	text = strings.TrimLeft(text, " \t")
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\n':
			return trimEnd(b.String(), kept), text[i+1:]
		case '\'', '"':
			end := i + 1
			for ; end < len(text) && text[end] != c; end++ {
				if c == '"' && text[end] == '\\' && end+1 < len(text) {
					end++
					if text[end] == '\n' {
						continue
					}
					if !strings.ContainsRune("\"\\`$", rune(text[end])) {
						b.WriteByte('\\')
					}
				}
				b.WriteByte(text[end])
			}
			i, kept = end, b.Len()
		case '\\':
			if i++; i < len(text) && text[i] != '\n' {
				b.WriteByte(text[i])
				kept = b.Len()
			}
		default:
			b.WriteByte(c)
		}
	}
	return trimEnd(b.String(), kept), ""
}

func trimEnd(s string, kept int) string { return s[:kept] + strings.TrimRight(s[kept:], " \t\r") }

func isVariableName(name string) bool {
	other := strings.TrimLeft(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
	return name != "" && other == "" && (name[0] < '0' || name[0] > '9')
}
