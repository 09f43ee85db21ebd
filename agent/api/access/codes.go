package access

import (
	"sync"
	"time"
)

const (
	// CodeLife is how long a login code may be used.
	CodeLife  = 2 * time.Minute
	codeBytes = 16
	codesMost = 32 // that wait to be used; the oldest gives way
)

// Codes are login codes that were handed out and not used. Methods may be called from any goroutine.
type Codes struct {
	mu  sync.Mutex
	all map[digest]code
}

type code struct {
	role  Role
	by    string
	until time.Time
}

// NewCodes returns none.
func NewCodes() *Codes { return &Codes{all: map[digest]code{}} }

// New hands out a code of 128 random bits that is good once, until the returned time. by says who asked for it.
func (c *Codes) New(role Role, by string, now time.Time) (text string, until time.Time) {
	text, until = newSecret(codeBytes), now.Add(CodeLife)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sweep(now)
	if len(c.all) >= codesMost {
		var oldest digest
		first := until
		for d, one := range c.all {
			if one.until.Before(first) {
				oldest, first = d, one.until
			}
		}
		delete(c.all, oldest)
	}
	c.all[digestOf(text)] = code{role, by, until}
	return text, until
}

// Use takes a code back, and says for which role, and at whose wish, it was handed out.
func (c *Codes) Use(text string, now time.Time) (role Role, by string, ok bool) {
	d := digestOf(text)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sweep(now)
	one, ok := c.all[d]
	delete(c.all, d)
	return one.role, one.by, ok
}

func (c *Codes) sweep(now time.Time) {
	for d, one := range c.all {
		if !now.Before(one.until) {
			delete(c.all, d)
		}
	}
}
