// Package jsontext reads JSON text that was checked before: the members of an object and the values of an
// array, one after the other, and what a quoted string says (RFC 8259). It allocates nothing and copies
// only what has escapes.
//
// It must not be given text that nobody checked, save where a function says otherwise, and
// must not judge it: parsers do.
package jsontext
