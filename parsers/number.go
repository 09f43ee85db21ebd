package parsers

// numberEnd returns the end of the JSON number (RFC 8259, section 6) that begins at
// s[i], or -1 when none does.
func numberEnd(s []byte, i int) int {
	if i < len(s) && s[i] == '-' {
		i++
	}
	switch {
	case i == len(s):
		return -1
	case s[i] == '0':
		i++
	case isDigit(s[i]):
		i = digitsEnd(s, i)
	default:
		return -1
	}
	if i < len(s) && s[i] == '.' {
		from := i + 1
		if i = digitsEnd(s, from); i == from {
			return -1
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		from := i
		if i = digitsEnd(s, from); i == from {
			return -1
		}
	}
	return i
}

func isNumber(s []byte) bool { return numberEnd(s, 0) == len(s) && len(s) > 0 }

func isDigit(c byte) bool { return c-'0' <= 9 }

// isDigits allows what a number has, in any order: nginx writes status 0 as 000.
func isDigits(s []byte) bool {
	for _, c := range s {
		if !isDigit(c) && c != '.' {
			return false
		}
	}
	return true
}

func digitsEnd(s []byte, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}
