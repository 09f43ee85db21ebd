package lines

import "bytes"

// States of containers' logs. A runtime cuts long messages, and lines of the other stream can stand between
// the pieces: a group goes on while a piece of either stream waits for more. The streams that wait
// also outlive a group that had to be cut, so that what goes on with their messages is marked.
const (
	outWaits State = 1 << iota // the last line of stdout is a piece, and more are to come
	errWaits
	hasOut // there are lines of stdout
	hasErr

	waits = outWaits | errWaits
)

// withPiece returns the state of a group after a line of a container.
func (s State) withPiece(stderr, more bool) State {
	waiting, has := outWaits, hasOut
	if stderr {
		waiting, has = errWaits, hasErr
	}
	s = s&^(waiting|complete) | has
	if more {
		s |= waiting
	}
	if s&waits == 0 {
		s |= complete
	}
	return s
}

func firstOfCRI(line []byte) State {
	s, ok := nextOfCRI(0, line)
	if !ok {
		return complete
	}
	return s
}

// nextOfCRI looks for the tag P in "2026-11-21T02:20:47.123456789Z stdout P text"
// (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md).
func nextOfCRI(s State, line []byte) (State, bool) {
	stream, tag := ofCRI(line)
	if len(tag) == 0 || tag[0] != 'P' && tag[0] != 'F' || len(tag) > 1 && tag[1] != ':' {
		return s, false
	}
	return s.withPiece(string(stream) == "stderr", tag[0] == 'P'), true
}

// ofCRI returns the second and third word of a line.
func ofCRI(line []byte) (stream, tag []byte) {
	i := bytes.IndexByte(line, ' ')
	if i < 0 || len(line) < i+len(" stdout P") || line[i+7] != ' ' {
		return nil, nil
	}
	stream, tag = line[i+1:i+7], line[i+8:]
	if j := bytes.IndexByte(tag, ' '); j >= 0 {
		tag = tag[:j]
	}
	return stream, tag
}

func firstOfDocker(line []byte) State {
	s, ok := nextOfDocker(0, line)
	if !ok {
		return complete
	}
	return s
}

// nextOfDocker looks for the newline at the end of the message, which a piece of a longer one has not
// (https://docs.docker.com/engine/logging/drivers/json-file/).
func nextOfDocker(s State, line []byte) (State, bool) {
	stream, ended := ofDocker(line)
	if stream == nil {
		return s, false
	}
	return s.withPiece(string(stream) == "stderr", !ended), true
}

// ofDocker returns the stream of a line, nil if it is no line of Docker's, and whether its message
// ends with a newline.
func ofDocker(line []byte) (stream []byte, ended bool) {
	name := []byte(`"log":"`)
	i := bytes.Index(line, name) // a quote within a string has a backslash before it
	if i < 0 {
		return nil, false
	}
	at := i + len(name)
	end := at
	for {
		j := bytes.IndexByte(line[end:], '"')
		if j < 0 {
			return nil, false
		}
		end += j
		if !escaped(line[at:end]) {
			break
		}
		end++
	}
	log := line[at:end]
	ended = len(log) > 0 && log[len(log)-1] == 'n' && escaped(log[:len(log)-1])
	name = []byte(`"stream":"`)
	if i = bytes.Index(line[end:], name); i < 0 {
		if i = bytes.Index(line[:at], name); i < 0 {
			return nil, false
		}
		end = 0
	}
	stream = line[end+i+len(name):]
	return stream[:min(len(stream), len("stdout"))], ended
}

// escaped tells whether a byte after before has a backslash that is not itself escaped.
func escaped(before []byte) bool {
	n := 0
	for n < len(before) && before[len(before)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}
