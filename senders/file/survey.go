package file

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"logskiff/record"
	"logskiff/record/wire"
)

// maxStored bounds the memory that reading a data file back takes: a longer line is none of ours.
const maxStored = 64 << 20

// stored is what one line of a data file says of itself.
type stored struct {
	owned
	sized bool // false: written by an older version, or of a client without identity
}

const (
	storedOffset = `{"` + wire.OffsetKey + `":`
	storedSize   = `,"` + wire.SizeKey + `":`
	storedStream = `,"_stream":"`
)

// parseStored reads the beginning of a line, which the encoder made of what is ours; the
// line's own names come behind it. A line that was not written whole is not ours: what never
// reached the disk reads as NULs, and no line ends but with '}'.
func parseStored(line []byte) (s stored, ok bool) {
	if !bytes.HasPrefix(line, []byte(storedOffset)) || line[len(line)-1] != '}' || bytes.IndexByte(line, 0) >= 0 {
		return stored{}, false
	}
	rest := line[len(storedOffset):]
	if s.start, rest, ok = leadingNumber(rest); !ok {
		return stored{}, false
	}
	if after, found := bytes.CutPrefix(rest, []byte(storedSize)); found {
		var n int64
		if n, rest, ok = leadingNumber(after); !ok || n < 1 || n > wire.MaxRecord {
			return stored{}, false
		}
		s.end, s.sized = s.start+n, true
	}
	rest, ok = bytes.CutPrefix(rest, []byte(storedStream))
	if !ok || len(rest) <= 2*len(s.id) || rest[2*len(s.id)] != '"' {
		return stored{}, false
	}
	_, err := hex.Decode(s.id[:], rest[:2*len(s.id)])
	return s, err == nil
}

// leadingNumber reads the digits that rest begins with, 18 at most.
func leadingNumber(rest []byte) (n int64, after []byte, ok bool) {
	i := 0
	for ; i < len(rest) && rest[i] >= '0' && rest[i] <= '9'; i++ {
		n = n*10 + int64(rest[i]-'0')
	}
	return n, rest[i:], i > 0 && i <= 18
}

// survey is what reading a data file back found.
type survey struct {
	from, size int64
	lines      int64
	unsized    int64  // of these, lines whose bytes of the stream are not known
	end        int64  // behind the last line of ours
	bad        []span // what stands between lines of ours and is none
	torn       bool   // what follows end is the beginning of one line
}

// rest returns how many bytes follow the last line of ours.
func (v *survey) rest() int64 { return v.size - v.end }

// surveyFile reads path from the byte from on, where a line begins, and calls yield with each line.
func surveyFile(path string, from int64, yield func(*stored)) (survey, error) {
	v := survey{from: from, end: from}
	f, err := os.Open(path)
	if err != nil {
		return v, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return v, err
	}
	v.size = info.Size()
	in := bufio.NewReaderSize(io.NewSectionReader(f, from, max(v.size-from, 0)), 256<<10)
	pos, bad := from, int64(-1)
	var long []byte
	for {
		part, err := in.ReadSlice('\n')
		whole := part
		if len(long) > 0 || errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, part...)
			whole = long
		}
		if errors.Is(err, bufio.ErrBufferFull) && len(long) < maxStored {
			continue
		}
		if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
			return v, fmt.Errorf("cannot read %s: %w", path, err)
		}
		if line, ended := bytes.CutSuffix(whole, []byte{'\n'}); ended && v.take(line, yield) {
			if bad >= 0 {
				v.bad, bad = append(v.bad, span{bad, pos}), -1
			}
			v.end = pos + int64(len(whole))
		} else if len(whole) > 0 {
			v.torn = bad < 0 && !ended && err == io.EOF && bytes.IndexByte(whole, 0) < 0
			if bad < 0 {
				bad = pos
			}
		}
		pos += int64(len(whole))
		long = long[:0]
		if err == io.EOF {
			return v, nil
		}
	}
}

// beginsLine reports whether a line begins at a place of a file.
func beginsLine(path string, at int64) (bool, error) {
	if at == 0 {
		return true, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close() // only read
	var before [1]byte
	_, err = f.ReadAt(before[:], at-1)
	return before[0] == '\n', err
}

// take reports whether line is ours, and yields it.
func (v *survey) take(line []byte, yield func(*stored)) bool {
	s, ok := parseStored(line)
	if !ok {
		return false
	}
	v.lines++
	if !s.sized {
		v.unsized++
	}
	yield(&s)
	return true
}

// collector puts what lines say of themselves into a history, neighbours at once.
type collector struct {
	h    history
	time int64
	run  owned
}

func (c *collector) add(s *stored) {
	if !s.sized {
		return
	}
	if s.id == c.run.id && s.start == c.run.end {
		c.run.end = s.end
		return
	}
	c.flush()
	c.run = s.owned
}

func (c *collector) flush() {
	if c.run != (owned{}) {
		c.h.add([]owned{c.run}, c.time)
	}
	c.run = owned{id: record.StreamID{}}
}
