package lines

import "bytes"

// States of stack traces of Java, Kotlin and .NET.
const (
	javaText  State = iota // a line of log
	javaTrace              // an exception was met
)

func firstOfJava(line []byte) State {
	if isException(line) || bytes.HasPrefix(line, []byte("Exception in thread ")) || bytes.HasPrefix(line, []byte("Unhandled exception. ")) {
		return javaTrace
	}
	return javaText
}

// nextOfJava joins what java.lang.Throwable.printStackTrace
// (https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Throwable.html)
// and System.Exception.ToString write below their first line, and an exception that
// stands below a line of log, where loggers put it.
func nextOfJava(s State, line []byte) (State, bool) {
	switch {
	case len(line) == 0:
		return complete, s == javaTrace // which java.util.logging writes below it
	case indented(line):
		return s, true
	case bytes.HasPrefix(line, []byte("Caused by: ")), bytes.HasPrefix(line, []byte("Suppressed: ")),
		bytes.HasPrefix(line, []byte("Wrapped by: ")), bytes.HasPrefix(line, []byte("---> ")),
		bytes.HasPrefix(line, []byte("--- End of ")), bytes.HasPrefix(line, []byte("... ")):
		return javaTrace, true
	case s == javaText && isException(line):
		return javaTrace, true
	}
	return s, false
}

// isException tells whether a line begins with the name of an exception's class in its
// package, alone or before a colon.
func isException(line []byte) bool {
	name := line
	if i := bytes.IndexByte(line, ':'); i >= 0 {
		name = line[:i]
	}
	if len(name) > 300 || bytes.IndexByte(name, '.') <= 0 {
		return false
	}
	for _, c := range name {
		if !wordByte(c) && c != '.' && c != '$' && c != '`' {
			return false
		}
	}
	return bytes.HasSuffix(name, []byte("Exception")) || bytes.HasSuffix(name, []byte("Error")) ||
		bytes.HasSuffix(name, []byte("Throwable")) || bytes.HasSuffix(name, []byte("Failure"))
}

// indented tells whether a line begins with a space or a tab.
func indented(line []byte) bool { return len(line) > 0 && (line[0] == ' ' || line[0] == '\t') }

// wordByte tells whether c is of a name: a letter, a digit, an underscore, or not ASCII.
func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
}

// digits returns how many of line's first bytes are digits.
func digits(line []byte) int {
	n := 0
	for n < len(line) && line[n] >= '0' && line[n] <= '9' {
		n++
	}
	return n
}
