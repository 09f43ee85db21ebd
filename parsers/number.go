package parsers

// numberEnd returns the end of the JSON number (RFC 8259, section 6) that begins at
// s[i], or -1 when none does.
func numberEnd(s []byte, i int) int {
	end, _, _ := numberParts(s, i)
	return end
}

// numberParts is numberEnd that also tells where the point and the letter of the exponent stand;
// 0: there is none.
func numberParts(s []byte, i int) (end, point, exponent int) {
	if i < len(s) && s[i] == '-' {
		i++
	}
	switch {
	case i == len(s):
		return -1, 0, 0
	case s[i] == '0':
		i++
	case isDigit(s[i]):
		i = digitsEnd(s, i)
	default:
		return -1, 0, 0
	}
	if i < len(s) && s[i] == '.' {
		point = i
		if i = digitsEnd(s, point+1); i == point+1 {
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
		if i = digitsEnd(s, from); i == from {
			return -1, 0, 0
		}
	}
	return i, point, exponent
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func digitsEnd(s []byte, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}
