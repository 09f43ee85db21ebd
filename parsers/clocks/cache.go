package clocks

// Cache remembers the last text read as a time, since neighbouring lines of a
// log mostly share their second. It belongs to one goroutine.
type Cache struct {
	text [40]byte
	len  int
	time int64
	zone int16
	Ok   bool
}

// Read returns the time that value says: what parse says of it, or said the last
// time. Texts over 40 bytes are parsed each time.
func (c *Cache) Read(value []byte, parse func([]byte) (time int64, zone int16, ok bool)) (time int64, zone int16, ok bool) {
	if c.Ok && string(value) == string(c.text[:c.len]) {
		return c.time, c.zone, true
	}
	time, zone, ok = parse(value)
	if ok && len(value) <= len(c.text) {
		c.len = copy(c.text[:], value)
		c.time, c.zone, c.Ok = time, zone, true
	}
	return time, zone, ok
}
