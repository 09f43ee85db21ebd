package fields

// card returns the end of the card number that begins with the digits s[i:end], or 0: 13
// to 19 digits (ISO/IEC 7812), in one run or in groups as they are printed, whose check
// digit is right.
func card(s []byte, i, end int) (to int) {
	if s[i] < '2' || s[i] > '6' {
		return 0 // no network's; most times since 1970 begin with 1
	}
	var ends [2]int
	switch n := end - i; {
	case n >= 13 && n <= 19:
		ends[0] = end
	case n == 4:
		ends = groups(s, i)
	}
	for _, to := range ends {
		if to > 0 && (to == len(s) || !isWord(s[to])) && checks(s[i:to]) {
			return to
		}
	}
	return 0
}

// groups returns where digits in groups of 4-4-4-4, 4-4-4-4-3, 4-6-5 or 4-6-4, with the
// same space or dash between them, may end.
func groups(s []byte, i int) (may [2]int) {
	at := i + 4
	if at >= len(s) || s[at] != ' ' && s[at] != '-' {
		return may
	}
	separator := s[at]
	var sizes [5]int
	n, ends := 1, [5]int{at}
	sizes[0] = 4
	for n < 5 && at+1 < len(s) && s[at] == separator && s[at+1]-'0' <= 9 {
		from := at + 1
		for at = from; at < len(s) && s[at]-'0' <= 9 && at-from < 7; {
			at++
		}
		sizes[n], ends[n] = at-from, at
		n++
	}
	switch {
	case n >= 3 && sizes[1] == 6 && (sizes[2] == 5 || sizes[2] == 4):
		may[0] = ends[2]
	case n >= 4 && [4]int(sizes[:4]) == [4]int{4, 4, 4, 4}:
		may[0] = ends[3]
		if n == 5 && sizes[4] == 3 {
			may = [2]int{ends[4], ends[3]}
		}
	}
	return may
}

// checks computes the check digit by Luhn's method (ISO/IEC 7812-1, annex B).
func checks(s []byte) bool {
	sum, double := 0, false
	for i := len(s) - 1; i >= 0; i-- {
		d := int(s[i] - '0')
		if d < 0 || d > 9 {
			continue
		}
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// ipv4 returns where the last number of the address at s[i] begins, and the end of the
// address, or 0.
func ipv4(s []byte, i int) (last, to int) {
	for k := range 4 {
		last = i
		n := 0
		for i < len(s) && i-last < 3 && s[i]-'0' <= 9 {
			n = 10*n + int(s[i]-'0')
			i++
		}
		if i == last || n > 255 {
			return 0, 0
		}
		if k == 3 {
			break
		}
		if i >= len(s) || s[i] != '.' {
			return 0, 0
		}
		i++
	}
	if i < len(s) && (isWord(s[i]) || s[i] == '.' && i+1 < len(s) && s[i+1]-'0' <= 9) {
		return 0, 0
	}
	return last, i
}

// ipv6 looks for an address (RFC 4291, section 2.2) whose first colon is s[i].
func (sc *scanner) ipv6(s []byte, i, done int) (f find, next int) {
	from := i
	for from > done && i-from < 5 && isHex(s[from-1]) {
		from--
	}
	if i-from > 4 || from > 0 && (isWord(s[from-1]) || s[from-1] == ':' || s[from-1] == '.') {
		return find{}, i + 1
	}
	groups, double, network, at := 0, false, 0, from
	for groups < 8 {
		start := at
		for at < len(s) && at-start < 4 && isHex(s[at]) {
			at++
		}
		if at > start {
			if at < len(s) && s[at] == '.' && groups > 0 {
				last, to := ipv4(s, start)
				if to == 0 || !double && groups != 6 {
					return find{}, i + 1
				}
				if sc.masks {
					return find{last, to, "0"}, to
				}
				return find{from, to, sc.with}, to
			}
			if groups++; groups == 3 && !double {
				network = at
			}
		}
		switch {
		case at+1 < len(s) && s[at] == ':' && s[at+1] == ':' && !double:
			double = true
			if network == 0 {
				network = at
			}
			at += 2
			continue
		case at+1 < len(s) && s[at] == ':' && at > start && isHex(s[at+1]):
			at++
			continue
		}
		break
	}
	if groups == 0 || !double && groups != 8 || double && groups > 7 || at < len(s) && (isWord(s[at]) || s[at] == ':') {
		return find{}, i + 1
	}
	if sc.masks {
		return find{network, at, "::"}, at
	}
	return find{from, at, sc.with}, at
}

func isHex(c byte) bool { return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f' }
