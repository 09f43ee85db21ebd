package fields

// scanner hides what the presets name in a text, in one pass: a table says at which
// bytes something may begin, or has its most telling byte.
type scanner struct {
	seeds [256]uint8 // which presets to ask at a byte
	with  string
	masks bool // of an address, only the host's part is replaced
}

const (
	seedEmail uint8 = 1 << iota
	seedCard
	seedIPv4
	seedIPv6
	seedToken
)

func newScanner(names []string, with string, masks bool) *scanner {
	sc := &scanner{with: with, masks: masks}
	seed := func(bytes string, bit uint8) {
		for i := range len(bytes) {
			sc.seeds[bytes[i]] |= bit
		}
	}
	for _, name := range names {
		switch name {
		case "email":
			seed("@%", seedEmail)
		case "card":
			seed("23456", seedCard)
		case "ipv4":
			seed("0123456789", seedIPv4)
		case "ipv6":
			seed(":", seedIPv6)
		case "token":
			seed("=:BbJA_x", seedToken)
		}
	}
	if sc.seeds['2']&(seedCard|seedIPv4) != 0 { // runs of digits are passed in one go
		for c := '0'; c <= '9'; c++ {
			sc.seeds[c] |= sc.seeds['2'] & (seedCard | seedIPv4)
		}
	}
	return sc
}

// find is a part of a text to replace: s[from:to]. to 0: there is none.
type find struct {
	from, to int
	with     string
}

// hide appends s to dst with everything replaced, or nothing when there is nothing to
// replace. What is replaced by an address's network makes the text no longer; anything else
// by at most the length of with for each of its characters.
func (sc *scanner) hide(dst, s []byte) ([]byte, bool) {
	start, done := len(dst), 0
	for i := 0; i < len(s); {
		seeds := sc.seeds[s[i]]
		if seeds == 0 {
			i++
			continue
		}
		f, next := sc.at(s, i, done, seeds)
		if f.to == 0 {
			i = next
			continue
		}
		dst = append(append(dst, s[done:f.from]...), f.with...)
		done = f.to
		i = max(next, f.to)
	}
	if done == 0 {
		return dst[:start], false
	}
	return append(dst, s[done:]...), true
}

// at looks for what has s[i] in it and begins at done at the earliest, and says where to
// go on looking.
func (sc *scanner) at(s []byte, i, done int, seeds uint8) (f find, next int) {
	if c := s[i]; c-'0' <= 9 {
		return sc.digits(s, i, seeds)
	}
	f.with = sc.with
	switch {
	case seeds&seedEmail != 0:
		f.from, f.to = email(s, i, done)
	case seeds&seedIPv6 != 0:
		f, next = sc.ipv6(s, i, done)
		if f.to == 0 && seeds&seedToken != 0 {
			f.with = sc.with
			f.from, f.to = token(s, i, done)
		}
		return f, max(next, i+1)
	case seeds&seedToken != 0:
		f.from, f.to = token(s, i, done)
	}
	return f, i + 1
}

// digits looks at the run of digits that begins at s[i].
func (sc *scanner) digits(s []byte, i int, seeds uint8) (f find, next int) {
	end := i + 1
	for end < len(s) && s[end]-'0' <= 9 {
		end++
	}
	if i > 0 && (isWord(s[i-1]) || s[i-1] == '.' && i > 1 && s[i-2]-'0' <= 9) {
		return f, end
	}
	if seeds&seedIPv4 != 0 && end-i <= 3 && end < len(s) && s[end] == '.' {
		if last, to := ipv4(s, i); to > 0 {
			f = find{i, to, sc.with}
			if sc.masks {
				f = find{last, to, "0"}
			}
			return f, to
		}
	}
	if seeds&seedCard != 0 {
		if to := card(s, i, end); to > 0 {
			return find{i, to, sc.with}, to
		}
	}
	return f, end
}

func isWord(c byte) bool {
	return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// email returns the address around the @ (or %40, as in URLs) at s[i] (RFC 5321, without
// its quoted forms).
func email(s []byte, i, done int) (from, to int) {
	after := i + 1
	if s[i] == '%' {
		if len(s)-i < 4 || s[i+1] != '4' || s[i+2] != '0' {
			return 0, 0
		}
		after = i + 3
	}
	from = i
	for from > done && i-from < 64 && isLocal(s[from-1]) {
		from--
	}
	for from < i && (s[from] == '.' || s[from]&0xc0 == 0x80) { // not in the middle of a character
		from++
	}
	if from == i {
		return 0, 0
	}
	labels, label := 0, after
	for k := after; k <= len(s) && k-after <= 255; k++ {
		if k < len(s) && (isWord(s[k]) || s[k] == '-' || s[k] >= 0x80) {
			continue
		}
		if k == label {
			break
		}
		labels++
		if labels > 1 && isTop(s[label:k]) {
			to = k
		}
		if k == len(s) || s[k] != '.' {
			break
		}
		label = k + 1
	}
	if to == 0 {
		return 0, 0
	}
	return from, to
}

func isLocal(c byte) bool {
	return isWord(c) || c == '.' || c == '-' || c == '+' || c >= 0x80
}

// isTop says whether a label can be the last of a domain: two letters or more.
func isTop(s []byte) bool {
	for _, c := range s {
		if !isLetter(c) && c != '-' && c-'0' > 9 && c < 0x80 {
			return false
		}
	}
	return len(s) >= 2 && (isLetter(s[0]) || s[0] >= 0x80)
}
