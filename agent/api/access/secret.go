package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// digest is how codes and tokens are kept. They are random enough that a plain hash cannot be undone, and
// a look-up by it takes no time that tells how much of a guess was right.
type digest [sha256.Size]byte

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

// newSecret returns n random bytes as text for a URL. crypto/rand does not fail: it ends the process before.
func newSecret(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
