package lines

import "bytes"

// States of what the Go runtime writes when a program panics.
const (
	goText  State = iota // a line of log
	goPanic              // what went wrong
	goServe              // below "panic serving", whose message may be any lines
	goDump               // goroutines
)

// goStarts begin a report; goPanics can stand below one of them too.
func goStarts() [4]string { return [4]string{"panic: ", "fatal error: ", "runtime: ", "SIG"} }

func firstOfGo(line []byte) State {
	switch {
	case bytes.HasPrefix(line, []byte("goroutine ")):
		return goDump
	case startsGo(line):
		return goPanic
	case bytes.Contains(line, []byte(": panic serving ")):
		return goServe
	}
	return goText
}

func startsGo(line []byte) bool {
	for _, p := range goStarts() {
		if bytes.HasPrefix(line, []byte(p)) {
			return p != "SIG" || bytes.Contains(line, []byte(": "))
		}
	}
	return bytes.HasPrefix(line, []byte("unexpected fault address "))
}

// nextOfGo joins the message of a panic, the goroutines below it with the empty lines
// between them, and registers (https://pkg.go.dev/runtime#hdr-Environment_Variables, GOTRACEBACK).
// A dump that a program logs itself belongs to the line above it.
func nextOfGo(s State, line []byte) (State, bool) {
	switch {
	case len(line) == 0:
		return s, s != goText
	case indented(line):
		return s, true
	case bytes.HasPrefix(line, []byte("goroutine ")) && bytes.IndexByte(line, '[') > 0:
		return goDump, true
	case s == goText || s == goServe:
		return s, s == goServe
	case bytes.HasPrefix(line, []byte("runtime stack:")):
		return goDump, true
	case s == goPanic:
		return s, startsGo(line) || line[0] == '[' && bytes.HasPrefix(line, []byte("[signal ")) || bytes.HasPrefix(line, []byte("PC="))
	}
	return s, isGoCall(line) || isRegister(line) || bytes.HasPrefix(line, []byte("created by ")) ||
		bytes.HasPrefix(line, []byte("...")) && bytes.HasSuffix(line, []byte("elided...")) || bytes.HasPrefix(line, []byte("exit status "))
}

// isGoCall knows a call: a name without spaces, and arguments to the end of the line.
func isGoCall(line []byte) bool {
	i := bytes.IndexByte(line, '(')
	if i <= 0 || line[len(line)-1] != ')' || !wordByte(line[0]) {
		return false
	}
	return bytes.IndexByte(line[:i], ' ') < 0 && bytes.IndexByte(line[:i], '=') < 0
}

// isRegister knows "rip    0x45f0a1".
func isRegister(line []byte) bool {
	i := bytes.IndexByte(line, ' ')
	return i > 0 && i < 8 && bytes.HasPrefix(bytes.TrimLeft(line[i:], " "), []byte("0x"))
}
