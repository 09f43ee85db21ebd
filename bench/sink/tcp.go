package sink

import (
	"errors"
	"io"
	"net"
)

// serveTCP checks bare lines, as a syslog relay sends them, until the
// connection ends.
func (l *Ledger) serveTCP(c net.Conn) error {
	f := l.newFeed()
	buf := make([]byte, readSize)
	held := 0
	for {
		n, err := c.Read(buf[held:])
		if n > 0 {
			l.begin()
			b := buf[:held+n]
			taken := f.take(b, false)
			l.commit(f, int64(n), true)
			if held = copy(buf, b[taken:]); held == len(buf) {
				return errors.New("BUG: a line fills the whole buffer")
			}
		}
		if err == io.EOF {
			if held > 0 { // the sender died in the middle of a line
				f.take(buf[:held], true)
				l.commit(f, 0, true)
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}
