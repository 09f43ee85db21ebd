package lines

import "bytes"

// States of entries of MySQL's slow query log.
const (
	slowHead State = iota // its lines of "#"
	slowBody              // statements
)

func firstOfMySQLSlow(line []byte) State {
	if len(line) > 0 && line[0] == '#' {
		return slowHead
	}
	return slowBody
}

// nextOfMySQLSlow ends an entry where the head of another begins: "# Time: ", or, where
// that is left out, "# User@Host: ". What the server writes when it starts is an entry too.
func nextOfMySQLSlow(s State, line []byte) (State, bool) {
	if len(line) == 0 || line[0] != '#' {
		if bytes.HasSuffix(line, []byte(" started with:")) && bytes.Contains(line, []byte(", Version: ")) {
			return s, false
		}
		return slowBody, true
	}
	if bytes.HasPrefix(line, []byte("# Time: ")) {
		return s, false
	}
	return s, s == slowHead || !bytes.HasPrefix(line, []byte("# User@Host: "))
}

// continuesMySQLError knows lines without a time: "2026-11-21...", "261121 10:00:00" or, when the server
// crashed, "10:00:00 UTC".
func continuesMySQLError(line []byte) bool {
	switch n := digits(line); {
	case n == 4 && len(line) >= 10:
		return line[4] != '-' || line[7] != '-'
	case n == 6 && len(line) >= 15:
		return line[6] != ' ' || line[9] != ':' || line[12] != ':'
	case n == 2 && len(line) >= 12:
		return line[2] != ':' || line[5] != ':' || !bytes.HasPrefix(line[8:], []byte(" UTC"))
	}
	return true
}

// continuesPostgres knows lines of one message, which begin with a tab, and those that
// belong to the message before, whatever prefix they have
// (https://www.postgresql.org/docs/current/runtime-config-logging.html).
func continuesPostgres(line []byte) bool {
	if len(line) == 0 || line[0] == '\t' {
		return true
	}
	i := bytes.Index(line, []byte(":  "))
	if i < 0 {
		return false
	}
	from := i
	for from > 0 && line[from-1] >= 'A' && line[from-1] <= 'Z' {
		from--
	}
	switch string(line[from:i]) {
	case "DETAIL", "HINT", "QUERY", "CONTEXT", "STATEMENT", "LOCATION", "BACKTRACE":
		return true
	}
	return false
}

// quoteOpen is the state of CSV inside a quoted value.
const quoteOpen State = 1

func firstOfPostgresCSV(line []byte) State {
	if bytes.Count(line, []byte(`"`))%2 == 1 {
		return quoteOpen
	}
	return complete
}

// nextOfPostgresCSV goes on until quotes are closed (RFC 4180).
func nextOfPostgresCSV(_ State, line []byte) (State, bool) {
	if firstOfPostgresCSV(line) == quoteOpen {
		return complete, true
	}
	return quoteOpen, true
}
