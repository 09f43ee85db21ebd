package deliver

import "time"

const (
	// So long an answer may take whatever was seen before: less would ask twice
	// because of one slow sync of a disk, or a packet that was lost twice.
	patienceLeast = time.Second
	// A body may come slowly although the line was fast before: bytes a second that it has time for.
	patienceRate = 1 << 20
)

// times are how long the last answers of an endpoint took.
type times struct {
	last [128]time.Duration
	n    int
}

func (t *times) add(d time.Duration) {
	t.last[t.n%len(t.last)] = d
	t.n++
}

// slow returns the second longest of them, about the 99th percentile; 0: too few are known.
func (t *times) slow() time.Duration {
	var first, second time.Duration
	for _, d := range t.last {
		switch {
		case d > first:
			first, second = d, first
		case d > second:
			second = d
		}
	}
	return second
}

// patience returns how long the answer to a body of so many bytes is waited for before
// another endpoint is asked too.
func (t *times) patience(bytes int) time.Duration {
	return max(patienceLeast, 4*t.slow()) + time.Duration(bytes)*time.Second/patienceRate
}
