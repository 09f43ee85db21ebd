package parsers

import "slices"

// Fixed is a Parser that may know what fields its records can have, so that a name which none of them has is a mistake in the
// configuration.
type Fixed interface {
	Parser
	// FieldNames returns the names of all fields that a record can have, but for message and parse_error of lines that
	// could not be read. They must not be changed. false: with these settings there can be others.
	FieldNames() (names []string, fixed bool)
}

func (raw) FieldNames() ([]string, bool)                  { return []string{"message"}, true }
func (p *accessParser) FieldNames() ([]string, bool)      { return p.schema.Columns, true }
func (p *criParser) FieldNames() ([]string, bool)         { return p.schema.Columns, true }
func (p *dockerParser) FieldNames() ([]string, bool)      { return p.schema.Columns, true }
func (p *mysqlErrorParser) FieldNames() ([]string, bool)  { return p.schema.Columns, true }
func (p *nginxErrorParser) FieldNames() ([]string, bool)  { return p.schema.Columns, true }
func (p *postgresParser) FieldNames() ([]string, bool)    { return p.schema.Columns, true }
func (p *postgresCSVParser) FieldNames() ([]string, bool) { return p.schema.Columns, true }
func (p *regexParser) FieldNames() ([]string, bool)       { return p.schema.Columns, true }

// FieldNames knows those of a header, too.
func (p *csvParser) FieldNames() ([]string, bool) {
	if !p.header {
		return p.schema.Columns, true
	}
	return append(slices.Clone(p.schema.Columns), headerField), true
}

// FieldNames: the structured data of RFC 5424 has names of its own.
func (p *syslogParser) FieldNames() ([]string, bool) {
	return p.schema.Columns, p.format == syslogRFC3164
}
