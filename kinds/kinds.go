// Package kinds is the one table of what exists: readers, parsers, senders, and the
// stages behind a parser. Of settings that conf has checked it builds what they describe.
//
// It imports every plugin and runs none: the agent runs them, and the command line and
// the page look at them without an agent.
package kinds

import (
	"logskiff/conf"
	"logskiff/parsers"
	"logskiff/readers"
	"logskiff/senders"
)

// row is a kind of plugin: what conf has to know of it, and how it is built. E is what
// the agent lends it, P what it is.
type row[E, P any] struct {
	conf.Kind
	build func(settings any, env E) (P, error)
}

// newRow makes the row of a plugin whose settings are a C.
func newRow[C, E, P any](name, doc string, defaults func() C, build func(C, E) (P, error)) row[E, P] {
	return row[E, P]{kind(name, doc, defaults), func(settings any, env E) (P, error) { return build(*settings.(*C), env) }}
}

// kind is what conf has to know of settings that are a C.
func kind[C any](name, doc string, defaults func() C) conf.Kind {
	return conf.Kind{Name: name, Doc: doc, New: func() any { c := defaults(); return &c }}
}

// none are the defaults of settings whose zero value means the default.
func none[C any]() (c C) { return c }

// of makes a question to settings of type C one to any settings.
func of[C, V any](ask func(C) V) func(settings any) V {
	return func(settings any) V { return ask(*settings.(*C)) }
}

// named returns the row with that name. The configuration was checked against the same
// table, so a missing row is a mistake in this package.
func named[R any](rows []R, name string, nameOf func(R) string) R {
	for _, r := range rows {
		if nameOf(r) == name {
			return r
		}
	}
	panic("BUG: the configuration names " + name + ", which no table has")
}

// All is the table in the form the configuration loader takes.
func All() conf.Kinds {
	k := conf.Kinds{Stages: stages()}
	for _, r := range readerRows() {
		k.Readers = append(k.Readers, r.Kind)
	}
	for _, p := range parserRows() {
		k.Parsers = append(k.Parsers, p.Kind)
	}
	for _, s := range senderRows() {
		k.Senders = append(k.Senders, s.Kind)
	}
	return k
}

// BuildReader returns the reader that a source names, with its settings.
func BuildReader(p conf.Plugin, env ReaderEnv) (readers.Reader, error) {
	return readerOf(p).build(p.Settings, env)
}

// BuildParser returns the parser that a source names, with its settings.
func BuildParser(p conf.Plugin) (parsers.Parser, error) {
	return named(parserRows(), p.Kind, func(r parserRow) string { return r.Name }).build(p.Settings, nothing{})
}

// ParseParser builds the parser that text names: its kind alone, or as in a [[source]] table
// behind "parser.". where stands for it in errors.
func ParseParser(where, text string) (parsers.Parser, error) {
	p, err := conf.ParseParser(where, text, All())
	if err != nil {
		return nil, err
	}
	return BuildParser(p)
}

// BuildSender returns a sender, with its settings, at the beginning of its life (senders/life.go):
// it touches nothing, and whoever builds it closes it.
func BuildSender(p conf.Plugin, env SenderEnv) (*senders.Sender, error) {
	return senderOf(p).build(p.Settings, env)
}
