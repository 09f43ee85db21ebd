// Package addsource is how a log becomes a source: which logs there are and who reads them, what their lines become, which text
// a configuration gets, and what would happen if it had it.
//
// It looks, and writes nothing: package conffiles does. The page and the command line show what it finds. Where Browse is set, as
// for the page, nothing outside of it is looked into, and no source is planned there.
package addsource
