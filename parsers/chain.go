package parsers

import (
	"slices"

	"logskiff/record"
)

// chain is a parser and the stages behind it.
type chain []Parser

// Chain returns a parser that is stages one after the other: each works on what those
// before it made of the batch. Of one stage it returns that stage.
func Chain(stages ...Parser) Parser {
	if len(stages) == 1 {
		return stages[0]
	}
	return chain(slices.Clone(stages))
}

func (c chain) Parse(b *record.Batch) {
	for _, p := range c {
		p.Parse(b)
	}
}

func (c chain) Clone() Parser {
	copied := make(chain, len(c))
	for i, p := range c {
		copied[i] = p.Clone()
	}
	return copied
}
