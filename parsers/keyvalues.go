package parsers

import "logskiff/record"

// KeyValues splits lists of key=value, for those that find them inside a field.
type KeyValues struct{ rules *kvRules }

// NewKeyValues returns what splits a text as NewKV's parser does. The error is a *conf.FieldError.
func NewKeyValues(c KVConfig) (KeyValues, error) {
	rules, err := c.compile()
	return KeyValues{rules}, err
}

// Append appends name and value of each pair in s to b.Fields, as SetPairs takes them,
// and may append to b.Buf. It returns "" or why the text is no such list; then nothing is appended.
func (k KeyValues) Append(b *record.Batch, s record.Span) (why string) {
	return appendKeyValues(b, s, k.rules)
}
