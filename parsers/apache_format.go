package parsers

import (
	"strings"

	"logskiff/parsers/number"
)

// apacheToken is a literal, or a directive when it has a letter.
type apacheToken struct {
	literal string

	letter   string // "h", "^FB": what the directive logs
	arg      string // of %{arg}i
	hasArg   bool
	original bool // %<s: of the request as it came, before internal redirects
	final    bool // %>s
	text     string
}

// apacheTokens splits a format as httpd does (mod_log_config.c, parse_log_string).
func apacheTokens(format string) ([]apacheToken, error) {
	var all []apacheToken
	literal := func(text string) {
		if n := len(all); n > 0 && all[n-1].letter == "" {
			all[n-1].literal += text
			return
		}
		all = append(all, apacheToken{literal: text})
	}
	for i := 0; i < len(format); {
		switch {
		case format[i] == '\\' && i+1 < len(format) && strings.IndexByte(`\rnt`, format[i+1]) >= 0:
			c, _ := unquoted(format[i+1])
			literal(string(c))
			i += 2
		case format[i] != '%':
			literal(format[i : i+1])
			i++
		case strings.HasPrefix(format[i:], "%%"):
			literal("%")
			i += 2
		default:
			t, end, err := apacheDirective(format, i)
			if err != nil {
				return nil, err
			}
			all = append(all, t)
			i = end
		}
	}
	return all, nil
}

// apacheDirective reads the directive at format[from], which is a percent sign: modifiers,
// {arguments} and statuses in any order, and its letter.
func apacheDirective(format string, from int) (t apacheToken, end int, err error) {
	for i := from + 1; i < len(format); i++ {
		switch c := format[i]; {
		case c == '<':
			t.original, t.final = true, false
		case c == '>':
			t.original, t.final = false, true
		case c == '!' || c == ',' || number.IsDigit(c):
			// Statuses it is logged for; "-" stands for all others.
		case c == '{':
			n := strings.IndexByte(format[i:], '}')
			if n < 0 {
				return t, 0, badApache("", "the closing brace of %s is missing (byte %d)", format[i-1:], from+1)
			}
			t.arg, t.hasArg = format[i+1:i+n], true
			i += n
		default:
			end = i + 1
			if c == '^' {
				end = i + 3
			}
			if end > len(format) {
				return t, 0, badApache("", "the format ends in the middle of a directive (byte %d)", from+1)
			}
			t.letter, t.text = format[i:end], format[from:end]
			return t, end, nil
		}
	}
	return t, 0, badApache("write %% for a percent sign", "a directive has no letter (byte %d)", from+1)
}
