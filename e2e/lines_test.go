package e2e

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// Every line that a test writes has a number of its own and a text that
// follows from it, so that a damaged line is told from a good one.

const filler = "the quick brown fox jumps over the lazy dog; pack my box with five dozen liquor jugs"

// appendLine appends line n and its newline.
func appendLine(dst []byte, n int) []byte {
	return fmt.Appendf(dst, "n=%d %s =%d\n", n, filler[:20+n*7%60], n)
}

func textOf(n int) string { return strings.TrimSuffix(string(appendLine(nil, n)), "\n") }

// numberOf reads a line without its newline.
func numberOf(text string) (int, bool) {
	digits, _, ok := strings.Cut(strings.TrimPrefix(text, "n="), " ")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 0 {
		return 0, false
	}
	return n, string(appendLine(nil, n)) == text+"\n"
}

// readLines returns the lines of a file.
func readLines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
