package discover

import (
	"bytes"
	"io"
	"time"
)

// Bounds on what is read of one log.
const (
	sampleBytes = 256 << 10
	sampleLines = 200
	headBytes   = 8 << 10
)

// Sample is part of a log: what a parser is judged by.
type Sample struct {
	Head  []byte   // the first bytes of the file, which may describe the rest
	Lines [][]byte // the last lines, without their ends and without empty ones
	Read  time.Time
}

// NewSample returns a sample of lines that were read now.
func NewSample(lines ...[]byte) Sample {
	s := Sample{Read: time.Now()}
	for _, l := range lines {
		if l = bytes.TrimSuffix(l, []byte("\r")); len(bytes.TrimSpace(l)) > 0 {
			s.Lines = append(s.Lines, l)
		}
	}
	s.Head = bytes.Join(s.Lines[:min(len(s.Lines), 8)], []byte("\n"))
	return s
}

// sample reads the head of a log, and its last 200 lines as far as they lie in
// the last 256 KiB.
func (h host) sample(name string) (Sample, error) {
	f, info, err := h.open(name)
	if err != nil {
		return Sample{}, err
	}
	defer f.Close()
	head, tail, err := Ends(f, info.Size(), sampleBytes)
	if err != nil {
		return Sample{}, err
	}
	lines := bytes.Split(bytes.TrimSuffix(tail, []byte("\n")), []byte("\n"))
	s := NewSample(lines[max(0, len(lines)-sampleLines):]...)
	s.Head = head
	return s, nil
}

// Ends reads the first 8 KiB of a file of size bytes, and the whole lines in its last most bytes; where there is none, what there is.
func Ends(f io.ReaderAt, size, most int64) (head, tail []byte, err error) {
	from := max(0, size-most)
	if tail, err = readAt(f, from, int(most)); err != nil {
		return nil, nil, err
	}
	head = tail[:min(len(tail), headBytes)]
	if from > 0 {
		if head, err = readAt(f, 0, headBytes); err != nil {
			return nil, nil, err
		}
		if _, rest, ok := bytes.Cut(tail, []byte("\n")); ok {
			tail = rest
		}
	}
	if whole := bytes.LastIndexByte(tail, '\n'); whole >= 0 {
		tail = tail[:whole+1] // the last line may be being written
	}
	return head, tail, nil
}

func readAt(r io.ReaderAt, at int64, n int) ([]byte, error) {
	buf := make([]byte, n)
	got, err := io.ReadFull(io.NewSectionReader(r, at, int64(n)), buf)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return buf[:got], err
}

// isBinary says whether a file that can be read is not text. An empty one may be.
func (h host) isBinary(name string) bool {
	f, info, err := h.open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	tail, err := readAt(f, max(0, info.Size()-headBytes), headBytes)
	return err == nil && !isText(tail)
}

// isText allows a few control characters: a power cut can leave zeros in a log,
// and escape codes of terminals come into logs.
func isText(s []byte) bool {
	odd := 0
	for _, c := range s {
		if c < '\t' || c > '\r' && c < ' ' && c != 0x1b {
			odd++
		}
	}
	return odd*20 <= len(s)
}
