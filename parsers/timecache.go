package parsers

// timeCache remembers the last text read as a time, since neighbouring lines of a
// log mostly share their second. It belongs to one goroutine.
type timeCache struct {
	text [40]byte
	len  int
	time int64
	zone int16
	ok   bool
}

// read returns the time that value says: what parse says of it, or said the last
// time. Texts over 40 bytes are parsed each time.
func (c *timeCache) read(value []byte, parse func([]byte) (time int64, zone int16, ok bool)) (time int64, zone int16, ok bool) {
	if c.ok && string(value) == string(c.text[:c.len]) {
		return c.time, c.zone, true
	}
	time, zone, ok = parse(value)
	if ok && len(value) <= len(c.text) {
		c.len = copy(c.text[:], value)
		c.time, c.zone, c.ok = time, zone, true
	}
	return time, zone, ok
}
