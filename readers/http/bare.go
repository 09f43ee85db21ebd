package http

import "logskiff/record/wire"

// objectRoom is more than an object has around its message.
const objectRoom = 16

// makeObjects replaces a body of bare lines by one in which each is the object it stands for, so that
// nobody behind this can tell it from a body of objects. What would be larger than limit as
// such is too large here too.
func (m *message) makeObjects(limit int64) error {
	guess := min(int64(len(m.Body))+int64(len(m.Body))/16+objectRoom*int64(len(m.Records))+4096, limit)
	if err := refusalOf(m.Lease.Take(guess)); err != nil {
		return err
	}
	out := make([]byte, 0, guess)
	held := guess
	for i := range m.Records {
		r := &m.Records[i]
		from := len(out)
		out = append(wire.AppendMessage(append(out, '{'), m.Body[r.Text.Off:r.Text.Off+r.Text.Len]), '}')
		r.Text.Off, r.Text.Len, r.Flags = uint32(from), uint32(len(out)-from), 0
		if int64(len(out)) > limit {
			return tooLarge("the body has more than %d bytes as objects", limit)
		}
		if more := int64(cap(out)) - held; more > 0 {
			if err := refusalOf(m.Lease.Take(more)); err != nil {
				return err
			}
			held += more
		}
	}
	m.Lease.Give(int64(cap(m.Body)))
	m.Body = out
	return nil
}
