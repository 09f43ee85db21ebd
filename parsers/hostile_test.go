package parsers

import (
	"testing"

	"logskiff/parsers/parsertest"
)

// checkHostile holds a parser to the contract without a line that it can read: what is none becomes something too, in
// linear time. agent/parseencode holds it to it with the lines of every case.
func checkHostile(t *testing.T, p Parser) {
	t.Helper()
	parsertest.Run(t, p)
}
