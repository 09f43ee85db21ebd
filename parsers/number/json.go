// Package number says what is a number: as JSON writes them (RFC 8259), and among those which every receiver holds as they
// are written, so that a text may be sent as one. docs/decisions/012 has the reasons. It allocates nothing.
package number

// End returns the end of the JSON number (RFC 8259, section 6) that begins at
// s[i], or -1 when none does.
func End(s []byte, i int) int {
	end, _, _ := parts(s, i)
	return end
}

// parts is End that also tells where the point and the letter of the exponent stand;
// 0: there is none.
func parts(s []byte, i int) (end, point, exponent int) {
	if i < len(s) && s[i] == '-' {
		i++
	}
	switch {
	case i == len(s):
		return -1, 0, 0
	case s[i] == '0':
		i++
	case IsDigit(s[i]):
		i = DigitsEnd(s, i)
	default:
		return -1, 0, 0
	}
	if i < len(s) && s[i] == '.' {
		point = i
		if i = DigitsEnd(s, point+1); i == point+1 {
			return -1, 0, 0
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		exponent = i
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		from := i
		if i = DigitsEnd(s, from); i == from {
			return -1, 0, 0
		}
	}
	return i, point, exponent
}

// IsDigit tells whether c is an ASCII digit.
func IsDigit(c byte) bool { return c-'0' <= 9 }

// DigitsEnd returns the end of the digits that begin at s[i]; i: there are none.
func DigitsEnd(s []byte, i int) int {
	for i < len(s) && IsDigit(s[i]) {
		i++
	}
	return i
}
