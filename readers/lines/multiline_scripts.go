package lines

import "bytes"

// States of stack traces of PHP.
const (
	phpText  State = iota
	phpTrace       // below "Stack trace:"
	phpGap         // below an empty line in it
)

func firstOfPHP([]byte) State { return phpText }

// nextOfPHP joins what an uncaught exception prints (https://www.php.net/manual/en/throwable.gettraceasstring.php),
// those before it ("Next ..."), and the traces that Monolog and Laravel write below a line of log.
func nextOfPHP(s State, line []byte) (State, bool) {
	switch {
	case len(line) == 0:
		return phpGap, s == phpTrace
	case bytes.HasPrefix(line, []byte("Next ")):
		return phpTrace, s == phpGap
	case s == phpGap:
		return s, false
	case indented(line):
		return s, true
	case bytes.HasPrefix(line, []byte("Stack trace:")), bytes.HasPrefix(line, []byte("[stacktrace]")), bytes.HasPrefix(line, []byte("[previous exception]")),
		line[0] == '#' && digits(line[1:]) > 0:
		return phpTrace, true
	case s == phpTrace && line[0] == '"':
		return s, len(line) > 1 && line[1] == '}' // the end of Monolog's context
	}
	return s, false
}

// States of stack traces of Node.js.
const (
	nodeText   State = iota
	nodeSite         // the file and line where an uncaught error was thrown
	nodeSource       // below the source there
	nodeCaret        // below the mark under it
	nodeTrace        // an error was met
	nodeGap          // below an empty line in it
)

func firstOfNode(line []byte) State {
	switch {
	case isNodeError(line):
		return nodeTrace
	case isNodeSite(line):
		return nodeSite
	}
	return nodeText
}

// nextOfNode joins what an uncaught error prints (https://nodejs.org/api/errors.html), and an error
// below a line of log.
func nextOfNode(s State, line []byte) (State, bool) {
	switch {
	case s == nodeSite:
		return nodeSource, true
	case s == nodeCaret:
		if len(line) == 0 {
			return s, true
		}
		return nodeTrace, true
	case len(line) == 0:
		return nodeGap, s == nodeTrace
	case s == nodeGap:
		return complete, bytes.HasPrefix(line, []byte("Node.js v"))
	case indented(line):
		if s == nodeSource && len(bytes.Trim(line, " \t^~")) == 0 {
			return nodeCaret, true
		}
		if s == nodeText && bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte("at ")) {
			return nodeTrace, true // of an error that stands in a line of log
		}
		return s, true
	case s == nodeText && isNodeError(line):
		return nodeTrace, true
	}
	return s, s == nodeTrace && (line[0] == '}' && len(line) <= 2 || bytes.HasPrefix(line, []byte("Caused by: ")))
}

// isNodeError knows "Error", "TypeError: text" and "Error [ERR_CODE]: text".
func isNodeError(line []byte) bool {
	for _, p := range [...]string{"Uncaught ", "Uncaught:"} {
		line = bytes.TrimPrefix(line, []byte(p))
	}
	n := 0
	for n < len(line) && wordByte(line[n]) {
		n++
	}
	if name := line[:n]; !bytes.HasSuffix(name, []byte("Error")) && !bytes.HasSuffix(name, []byte("Exception")) {
		return false
	}
	return n == len(line) || line[n] == ':' || bytes.HasPrefix(line[n:], []byte(" ["))
}

// isNodeSite knows "/srv/app.js:12", "file:///srv/app.mjs:12" and "node:internal/fs:12".
func isNodeSite(line []byte) bool {
	i := bytes.LastIndexByte(line, ':')
	return i > 0 && i+1 < len(line) && digits(line[i+1:]) == len(line)-i-1 && bytes.IndexByte(line, ' ') < 0 &&
		(line[0] == '/' || bytes.HasPrefix(line, []byte("file://")) || bytes.HasPrefix(line, []byte("node:")))
}

// States of stack traces of Ruby.
const (
	rubyText  State = iota
	rubyError       // below the line that names the error
	rubyGap         // below the empty line before the source
	rubyTrace       // calls, and causes
)

func firstOfRuby(line []byte) State {
	if isRubyCall(line) && line[len(line)-1] == ')' {
		return rubyError
	}
	return rubyText
}

// nextOfRuby joins what an uncaught exception prints, its causes, the source that
// error_highlight shows (https://docs.ruby-lang.org/en/3.4/ErrorHighlight.html), and the calls
// that Logger writes below its line.
func nextOfRuby(s State, line []byte) (State, bool) {
	switch {
	case s == rubyGap:
		return rubyTrace, len(line) > 0
	case len(line) == 0:
		return rubyGap, s == rubyError
	case indented(line):
		if s == rubyError {
			s = rubyTrace
		}
		return s, true
	case firstOfRuby(line) == rubyError:
		return rubyError, s != rubyText
	}
	return s, isRubyCall(line)
}

// isRubyCall knows "app.rb:3:in `foo'" and "app.rb:3:in 'Object#foo'" at the beginning of a line.
func isRubyCall(line []byte) bool {
	i := bytes.Index(line, []byte(":in "))
	if i <= 0 || i+4 >= len(line) || line[i+4] != '`' && line[i+4] != '\'' {
		return false
	}
	place := line[:i]
	colon := bytes.LastIndexByte(place, ':')
	return colon > 0 && colon+1 < len(place) && digits(place[colon+1:]) == len(place)-colon-1 && bytes.IndexByte(place, ' ') < 0
}
