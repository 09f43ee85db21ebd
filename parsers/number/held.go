package number

import (
	"bytes"
	"strconv"

	"logskiff/record"
)

// Numbers that are guessed are those that every receiver holds as they are written, whether it
// reads them into 64 bits or into a double, as I-JSON has it (RFC 7493, section 2.2).
const (
	exactInteger = "9007199254740991"    // 2^53-1
	longInteger  = "9223372036854775807" // 2^63-1
	maxNumber    = 32                    // bytes; a double has at most 24
	maxExponent  = 307                   // of ten: what is beyond may be infinite, or lose digits near 0
	exactDigits  = 15                    // any so many digits come out of a double as they went in
	doubleDigits = 17                    // no double needs more
)

// Guessed reports whether s, which nobody said is a number, is one that every receiver holds: in
// JSON's form, an integer within 2^53-1 on both sides, or a fraction whose digits a double
// gives back. A hash such as 12e45, of digits and one e, is text; so is -0,
// which is no integer.
func Guessed(s []byte) bool { return Held(s, false) }

// Held is Guessed, or, for what the settings ask as a number, the same with integers of
// 64 bits, 12e45 and -0.
func Held(s []byte, asked bool) bool {
	if whole := DigitsEnd(s, 0); whole > 0 && len(s) <= exactDigits && (whole == 1 || s[0] != '0') {
		if whole == len(s) || s[whole] == '.' && whole+1 < len(s) && DigitsEnd(s, whole+1) == len(s) {
			return true
		}
	}
	return isLongHeld(s, asked)
}

// isLongHeld is Held for all but the digits, with a point or without, that most numbers are.
func isLongHeld(s []byte, asked bool) bool {
	end, point, exponent := parts(s, 0)
	switch {
	case end != len(s) || end <= 0 || end > maxNumber:
		return false
	case exponent == 0 && point == 0:
		limit := exactInteger
		if asked {
			limit = longInteger
		}
		digits := s
		if s[0] == '-' {
			digits = s[1:]
		}
		return (len(digits) < len(limit) || len(digits) == len(limit) && string(digits) <= limit) && (asked || string(s) != "-0")
	case exponent == 0 && end <= exactDigits:
		return true
	}
	power := 0
	if exponent > 0 {
		digits := s[exponent+1:]
		signed := !IsDigit(digits[0])
		if signed {
			digits = digits[1:]
		}
		hash := !signed && point == 0 && s[0] != '-'
		if hash && !asked || len(digits) > len("307") {
			return false
		}
		power, _ = strconv.Atoi(string(digits))
		if s[exponent+1] == '-' {
			power = -power
		}
		s = s[:exponent]
	}
	return isDouble(s, point, power)
}

// isDouble reports whether a double gives back the digits of s, whose point is at s[point] (0: it
// has none), times ten to a power.
func isDouble(s []byte, point, power int) bool {
	if s[0] == '-' {
		s, point = s[1:], point-1
	}
	if point <= 0 {
		point = len(s)
	}
	var digits [doubleDigits]byte // from the first to the last that is not 0
	n, zeros, first := 0, 0, -1
	for i, c := range s {
		switch {
		case c == '.':
		case c == '0':
			zeros++
		default:
			if first < 0 {
				first, zeros = i, 0
			}
			if n+zeros >= len(digits) {
				return false
			}
			for ; zeros > 0; zeros-- {
				digits[n] = '0'
				n++
			}
			digits[n] = c
			n++
		}
	}
	if n == 0 {
		return true
	}
	power += point - first // of ten, of the first digit
	if first < point {
		power--
	}
	switch {
	case power > maxExponent || power < -maxExponent:
		return false
	case n <= exactDigits:
		return true
	}
	// As a fraction, the digits stand for the same ones in another place.
	var text, back [maxNumber]byte
	whole := append(append(append(text[:0], digits[0], '.'), digits[1:n]...), 'e')
	whole = strconv.AppendInt(whole, int64(power), 10)
	f, err := strconv.ParseFloat(string(whole), 64)
	if err != nil {
		return false
	}
	given := strconv.AppendFloat(back[:0], f, 'e', n-1, 64)
	return given[0] == digits[0] && bytes.Equal(given[2:n+1], digits[1:n])
}

// As makes a number of a text that the settings say is one: what is left of forms such as
// " 5", +5, 007, .5 and 5. without what JSON forbids, in b.Buf if need be. false: it is none
// that receivers hold.
func As(b *record.Batch, s record.Span) (f record.Field, ok bool) {
	text := b.Bytes(s)
	if Held(text, true) {
		return record.Field{Span: s, Type: record.Number}, true
	}
	from, to := 0, len(text)
	for from < to && text[from] == ' ' {
		from++
	}
	for to > from && text[to-1] == ' ' {
		to--
	}
	if from < to && text[from] == '+' && to-from > 1 && text[from+1] != '-' {
		from++
	}
	for from+1 < to && text[from] == '0' && IsDigit(text[from+1]) {
		from++
	}
	if Held(text[from:to], true) {
		return record.Field{Span: record.Span{Off: s.Off + uint32(from), Len: uint32(to - from)}, Type: record.Number}, true
	}
	return mendedNumber(b, text[from:to])
}

// mendedNumber is As for -007, .5 and 5., which stand nowhere as JSON has them.
func mendedNumber(b *record.Batch, text []byte) (f record.Field, ok bool) {
	digits := bytes.TrimPrefix(text, []byte{'-'})
	whole, fraction, _ := bytes.Cut(digits, []byte{'.'})
	if len(whole)+len(fraction) == 0 || DigitsEnd(whole, 0) < len(whole) || DigitsEnd(fraction, 0) < len(fraction) {
		return f, false
	}
	for len(whole) > 1 && whole[0] == '0' {
		whole = whole[1:]
	}
	begin := len(b.Buf)
	if len(digits) < len(text) {
		b.Buf = append(b.Buf, '-')
	}
	if len(whole) == 0 {
		b.Buf = append(b.Buf, '0')
	}
	b.Buf = append(b.Buf, whole...)
	if len(fraction) > 0 {
		b.Buf = append(append(b.Buf, '.'), fraction...)
	}
	if !Held(b.Buf[begin:], true) {
		b.Buf = b.Buf[:begin]
		return f, false
	}
	return record.Field{Span: record.Span{Off: uint32(begin), Len: uint32(len(b.Buf) - begin)}, Type: record.Number}, true
}
