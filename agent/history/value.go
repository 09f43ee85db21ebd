package history

import "math"

// A value is kept in 16 bits: an exponent of two and ten bits behind its first one, so that what
// comes out differs from what went in by less than 0.1 %. A chart shows no more. What is below 2^-10 is 0, and what is above 2^53 is that.
const (
	missing  uint16 = 1<<16 - 1 // nobody said a value
	leastExp        = -10
	mantissa        = 10
)

func pack(v float64) uint16 {
	if !(v >= 0x1p-10) { // or NaN
		return 0
	}
	frac, exp := math.Frexp(min(v, 1<<53)) // in [0.5, 1)
	code := (exp-1-leastExp)<<mantissa + int(math.Round((frac*2-1)*(1<<mantissa))) + 1
	return uint16(code)
}

// unpack returns NaN for what is missing.
func unpack(code uint16) float64 {
	switch code {
	case 0:
		return 0
	case missing:
		return math.NaN()
	}
	n := int(code) - 1
	return math.Ldexp(1+float64(n&(1<<mantissa-1))/(1<<mantissa), n>>mantissa+leastExp)
}
