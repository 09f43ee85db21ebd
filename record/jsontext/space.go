package jsontext

// IsSpace says whether c is space between two tokens.
func IsSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// SkipSpace returns the index of the first byte from s[i] on that is no space, or len(s). The text
// need not be checked.
func SkipSpace(s []byte, i int) int {
	for i < len(s) && s[i] <= ' ' && IsSpace(s[i]) {
		i++
	}
	return i
}
