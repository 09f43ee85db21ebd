package watch

import (
	"context"
	"testing"
)

// Nothing is opened any more when the hub has ended.
func TestAHubThatHasEndedOpensNothing(t *testing.T) {
	h := New(nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if w, err := h.open(); w != nil || err == nil {
		t.Errorf("opened %v, %v", w, err)
	}
}
