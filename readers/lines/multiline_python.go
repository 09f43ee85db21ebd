package lines

import "bytes"

// States of tracebacks of Python.
const (
	pythonText    State = iota // a line of log
	pythonTrace                // below "Traceback": the calls
	pythonRaised               // below the exception that ends it
	pythonGap                  // below the empty line after that
	pythonChained              // below "During handling of the above exception, ..."
)

func firstOfPython(line []byte) State {
	if isTraceback(line) {
		return pythonTrace
	}
	return pythonText
}

// nextOfPython joins a traceback (https://docs.python.org/3/library/traceback.html) from
// its header to the exception, the first line that is not indented, the notes below it, and
// tracebacks that are chained. A traceback belongs to the line of log above it.
func nextOfPython(s State, line []byte) (State, bool) {
	switch {
	case indented(line):
		if s == pythonText && isTraceback(line) {
			return pythonTrace, true
		}
		return s, s != pythonGap
	case s == pythonText:
		return pythonTrace, isTraceback(line)
	case s == pythonTrace:
		return pythonRaised, true
	case s == pythonRaised:
		return pythonGap, len(line) == 0
	case s == pythonGap:
		return pythonChained, bytes.HasPrefix(line, []byte("During handling of the above exception, ")) ||
			bytes.HasPrefix(line, []byte("The above exception was the direct cause "))
	}
	if len(line) == 0 {
		return s, true
	}
	return pythonTrace, isTraceback(line)
}

// isTraceback knows the header, and the place of a syntax error, which has none.
func isTraceback(line []byte) bool {
	return bytes.HasPrefix(line, []byte("Traceback (most recent call last)")) || bytes.HasPrefix(line, []byte(`  File "`))
}
