package parsers

import "logskiff/record"

// keepTimes is a parser behind which records that it found no time for have the one that their reader
// brought. What else was brought stands beside what a parser finds, and is none of its business.
type keepTimes struct{ Parser }

// KeepTimes returns p with that behind it.
func KeepTimes(p Parser) Parser { return keepTimes{p} }

func (k keepTimes) Parse(b *record.Batch) {
	k.Parser.Parse(b)
	b.KeepBroughtTimes()
}

func (k keepTimes) Clone() Parser { return keepTimes{k.Parser.Clone()} }
