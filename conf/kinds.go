package conf

import "slices"

// Kind is one kind of reader, parser or sender that exists.
type Kind struct {
	Name string // as written in the configuration: "file", "nginx"
	Doc  string // one or a few sentences for the reference, in markdown

	// New returns a pointer to a new settings struct that holds the defaults.
	// Its fields carry the tags toml and doc, and if wanted example (a TOML
	// value for the reference) and expand:"no" (leave ${...} alone). If it has a
	// method Validate() error, that is called after decoding; see FieldError. A method
	// CheckFiles() error is called by LoadWithFiles when that found nothing wrong.
	New func() any
}

// Kinds is the table of what exists, handed in by the agent.
type Kinds struct {
	Readers, Parsers, Senders []Kind

	Stages // behind the parser
}

// Stages are the settings of what can stand behind a source's parser. One without New
// does not exist; names are not used.
type Stages struct {
	Time Kind // the table time
	Step Kind // one of the tables in the list fields
}

// all lists every kind that has settings.
func (k Kinds) all() []Kind {
	all := slices.Concat(k.Readers, k.Parsers, k.Senders)
	for _, stage := range []Kind{k.Time, k.Step} {
		if stage.New != nil {
			all = append(all, stage)
		}
	}
	return all
}

// Plugin is a chosen kind with its settings.
type Plugin struct {
	Kind     string
	Settings any // the pointer that Kind.New returned, decoded and validated
}

func findKind(kinds []Kind, name string) (Kind, bool) {
	for _, k := range kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

func kindNames(kinds []Kind) []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	return names
}
