package record

import (
	"log/slog"
	"strings"
	"testing"
)

// A log says a stream's id as records and `offset show` do, whatever its format.
func TestAStreamsIDIsHexadecimalInEveryLog(t *testing.T) {
	id := StreamID{0xab, 15: 1}
	var text, object strings.Builder
	slog.New(slog.NewTextHandler(&text, nil)).Info("x", "stream", id)
	slog.New(slog.NewJSONHandler(&object, nil)).Info("x", "stream", id)
	if got := text.String(); !strings.Contains(got, "stream=ab000000000000000000000000000001") {
		t.Errorf("text: %s", got)
	}
	if got := object.String(); !strings.Contains(got, `"stream":"ab000000000000000000000000000001"`) {
		t.Errorf("JSON: %s", got)
	}
}
