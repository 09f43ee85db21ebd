package agent

import (
	"testing"
	"time"
)

// At rest the lag is asked for so seldom that it costs next to nothing, and soon after something was read.
func TestAtRestTheLagIsAskedForSeldom(t *testing.T) {
	start := time.Unix(1000, 0)
	for _, c := range []struct {
		what string
		look lagLook
		read int64 // lines, by now
		want time.Duration
	}{
		{"a thousand quiet files", lagLook{took: 400 * time.Microsecond, read: 7, none: true}, 7, 40 * time.Second},
		{"many more", lagLook{took: 100 * time.Millisecond, read: 7, none: true}, 7, 10 * time.Minute},
		{"something was read", lagLook{took: 400 * time.Microsecond, read: 7, none: true}, 8, 400 * time.Millisecond},
		{"something is behind, as nothing can be delivered", lagLook{took: 400 * time.Microsecond, read: 7}, 7, 400 * time.Millisecond},
		{"of many files", lagLook{took: 100 * time.Millisecond, read: 7}, 8, time.Minute},
	} {
		c.look.at = start
		if c.look.due(start.Add(c.want-1), c.read) || !c.look.due(start.Add(c.want), c.read) {
			t.Errorf("%s: it is not asked for after %v", c.what, c.want)
		}
	}
	if first := (lagLook{}); !first.due(start, 0) {
		t.Error("it is not asked for at first")
	}
}
