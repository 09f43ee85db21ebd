package file

import "bytes"

// States of entries of MySQL's slow query log.
const (
	slowHead groupState = iota // its lines of "#"
	slowBody                   // statements
)

func firstOfMySQLSlow(line []byte) groupState {
	if len(line) > 0 && line[0] == '#' {
		return slowHead
	}
	return slowBody
}

// nextOfMySQLSlow ends an entry where the head of another begins: "# Time: ", or, where
// that is left out, "# User@Host: ". What the server writes when it starts is an entry too.
func nextOfMySQLSlow(s groupState, line []byte) (groupState, bool) {
	if len(line) == 0 || line[0] != '#' {
		if bytes.HasSuffix(line, []byte(" started with:")) && bytes.Contains(line, []byte(", Version: ")) {
			return s, false
		}
		return slowBody, true
	}
	if bytes.HasPrefix(line, []byte("# Time: ")) {
		return s, false
	}
	return s, s == slowHead || !bytes.HasPrefix(line, []byte("# User@Host: "))
}

// continuesMySQLError knows lines without a time: "2026-11-21...", "261121 10:00:00" or, when the server
// crashed, "10:00:00 UTC".
func continuesMySQLError(line []byte) bool {
	switch n := digits(line); {
	case n == 4 && len(line) >= 10:
		return line[4] != '-' || line[7] != '-'
	case n == 6 && len(line) >= 15:
		return line[6] != ' ' || line[9] != ':' || line[12] != ':'
	case n == 2 && len(line) >= 12:
		return line[2] != ':' || line[5] != ':' || !bytes.HasPrefix(line[8:], []byte(" UTC"))
	}
	return true
}

// continuesPostgres knows lines of one message, which begin with a tab, and those that
// belong to the message before, whatever prefix they have
// (https://www.postgresql.org/docs/current/runtime-config-logging.html).
func continuesPostgres(line []byte) bool {
	if len(line) == 0 || line[0] == '\t' {
		return true
	}
	i := bytes.Index(line, []byte(":  "))
	if i < 0 {
		return false
	}
	from := i
	for from > 0 && line[from-1] >= 'A' && line[from-1] <= 'Z' {
		from--
	}
	switch string(line[from:i]) {
	case "DETAIL", "HINT", "QUERY", "CONTEXT", "STATEMENT", "LOCATION", "BACKTRACE":
		return true
	}
	return false
}

// quoteOpen is the state of CSV inside a quoted value.
const quoteOpen groupState = 1

func firstOfPostgresCSV(line []byte) groupState {
	if bytes.Count(line, []byte(`"`))%2 == 1 {
		return quoteOpen
	}
	return complete
}

// nextOfPostgresCSV goes on until quotes are closed (RFC 4180).
func nextOfPostgresCSV(_ groupState, line []byte) (groupState, bool) {
	if firstOfPostgresCSV(line) == quoteOpen {
		return complete, true
	}
	return quoteOpen, true
}

// States of containers' logs: more pieces of a message of that stream are to come.
const (
	moreOfOut groupState = iota
	moreOfErr
)

// firstOfCRI looks for the tag P in "2026-11-21T02:20:47.123456789Z stdout P text"
// (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md).
func firstOfCRI(line []byte) groupState {
	stream, tag := ofCRI(line)
	if len(tag) == 0 || tag[0] != 'P' || len(tag) > 1 && tag[1] != ':' {
		return complete
	}
	if string(stream) == "stderr" {
		return moreOfErr
	}
	return moreOfOut
}

func nextOfCRI(s groupState, line []byte) (groupState, bool) {
	stream, tag := ofCRI(line)
	want := "stdout"
	if s == moreOfErr {
		want = "stderr"
	}
	return firstOfCRI(line), len(tag) > 0 && string(stream) == want
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

// firstOfDocker looks for the newline at the end of the message, which a piece of a longer one has not
// (https://docs.docker.com/engine/logging/drivers/json-file/).
func firstOfDocker(line []byte) groupState {
	stream, ended := ofDocker(line)
	switch {
	case ended || stream == nil:
		return complete
	case string(stream) == "stderr":
		return moreOfErr
	}
	return moreOfOut
}

func nextOfDocker(s groupState, line []byte) (groupState, bool) {
	stream, _ := ofDocker(line)
	want := "stdout"
	if s == moreOfErr {
		want = "stderr"
	}
	return firstOfDocker(line), string(stream) == want
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
