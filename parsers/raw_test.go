package parsers

import (
	"reflect"
	"testing"
)

func TestRawLeavesEverythingAsItIs(t *testing.T) {
	b, want := newBatch("a", ""), newBatch("a", "")
	NewRaw().Clone().Parse(b)
	if !reflect.DeepEqual(b, want) {
		t.Fatalf("got %+v", b)
	}
}
