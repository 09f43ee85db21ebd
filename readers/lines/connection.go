package lines

import "logskiff/record"

// Connection cuts what comes over one connection, by newlines or by counts: it tells from the first
// bytes which of the two its client sends (RFC 6587, section 3.4). A count stands before a priority, as in
// "83 <34>1 2026-…"; everything else is lines.
type Connection struct {
	framer Framer
	octets Octets
	told   told
	part   uint16
}

type told uint8

const (
	untold told = iota
	byNewlines
	byCounts
)

// Connection returns one for the beginning of a connection.
func (c *Cutter) Connection() Connection {
	return Connection{framer: c.Framer(), octets: c.Octets()}
}

// Cut appends a record for each message of buf[from:to] that is whole, and returns where it stopped: the
// next call's from. The byte buf[from] has the offset off in the connection's stream. It stops after room
// records, and may be called again with the same bytes and more.
func (c *Connection) Cut(recs []record.Record, buf []byte, from, to int, off int64, room int) ([]record.Record, int) {
	if c.told == untold {
		c.tell(buf[from:to])
	}
	switch c.told {
	case byCounts:
		return c.octets.Cut(recs, buf, from, to, off, room)
	case byNewlines:
		most := len(recs) + room
		for n := -1; n < len(recs) && len(recs) < most; { // each part of a long line ends a call
			n = len(recs)
			recs, from, off = c.cutLines(recs, buf, from, to, off, most-n)
		}
	}
	return recs, from
}

func (c *Connection) cutLines(recs []record.Record, buf []byte, from, to int, off int64, room int) ([]record.Record, int, int64) {
	recs, at := c.framer.Cut(recs, buf, from, to, off, &c.part, room)
	return recs, at, off + int64(at-from)
}

// Shift says that the first n bytes of the buffer, which were cut, are gone from it.
func (c *Connection) Shift(n int) { c.framer.Shift(n) }

// Rest appends the records of what is left where the connection ends: at most room, which is 1 or more, and
// returns where it stopped.
func (c *Connection) Rest(recs []record.Record, buf []byte, from, to int, off int64, room int) ([]record.Record, int) {
	if c.told == byCounts {
		return c.octets.Rest(recs, buf, from, to, off), to
	}
	return c.framer.Rest(recs, buf, from, to, off, &c.part, room)
}

// Open reports whether a group waits for a line that could belong to it.
func (c *Connection) Open() bool { return c.framer.lines > 0 }

// Flush appends the record of that group, as its client was quiet for long, and returns where it stopped: the next call's from.
func (c *Connection) Flush(recs []record.Record, from int, off int64) ([]record.Record, int) {
	return c.framer.Flush(recs, from, off)
}

// tell decides once the first bytes say it.
func (c *Connection) tell(b []byte) {
	n, _, ok := count(b)
	switch {
	case !ok && len(b) > 0:
		c.told = byNewlines
	case n > 0 && n < len(b):
		c.told = byNewlines
		if b[n] == '<' {
			c.told = byCounts
		}
	}
}
