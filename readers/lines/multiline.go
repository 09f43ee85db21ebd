package lines

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"logskiff/conf"
)

// Multiline is `multiline` of a reader: which lines are one record. Of preset, start
// and continue at most one is set; with none, each line is a record.
type Multiline struct {
	Preset   string        `toml:"preset" doc:"What the lines are of: java (also kotlin and dotnet), go, python, php, node or ruby, for stack traces; mysql_slow, mysql_error, postgres, postgres_csv, cri or docker, for what the parsers of those names read. With cri and docker, the pieces of a cut message are one record, whatever the other stream wrote between them."`
	Start    string        `toml:"start" doc:"Regular expression (RE2) that the first line of each record matches, as in '^\\d{4}-'. Lines that do not match belong to the record before."`
	Continue string        `toml:"continue" doc:"Regular expression (RE2) that all lines of a record but its first match, as in '^\\s'."`
	MaxLines int           `toml:"max_lines" doc:"Most lines of one record; what follows begins another. Default 500."`
	MaxBytes conf.Size     `toml:"max_bytes" doc:"Most bytes of one record, newlines included, if its first line alone is not longer; from 1KiB to 64MiB, default 1MiB."`
	Flush    conf.Duration `toml:"flush" doc:"How long a file must not have grown before its last record is sent, when only another line could show that it is whole. Default 2s."`
}

func defaultMultiline() Multiline {
	return Multiline{MaxLines: 500, MaxBytes: 1 << 20, Flush: conf.Duration(2 * time.Second)}
}

// check calls bad for all that is wrong.
func (m *Multiline) check(bad func(key, msg, hint string)) {
	set := 0
	for _, s := range []string{m.Preset, m.Start, m.Continue} {
		if s != "" {
			set++
		}
	}
	if set > 1 {
		bad("multiline", "must have only one of preset, start and continue", "take the others out")
	}
	if d := defaultMultiline(); set == 0 && *m != d {
		bad("multiline", "needs one of preset, start and continue", `as in multiline = { preset = "java" }`)
	}
	if m.Preset != "" && ruleOf(m.Preset) == nil {
		bad("multiline.preset", fmt.Sprintf("%q is not known", m.Preset), "use one of "+strings.Join(Presets(), ", "))
	}
	for _, x := range []struct{ key, text string }{{"start", m.Start}, {"continue", m.Continue}} {
		if _, err := regexp.Compile(x.text); err != nil {
			bad("multiline."+x.key, err.Error(), "the syntax is that of https://github.com/google/re2/wiki/Syntax; in TOML write it in single quotes")
		}
	}
	if m.MaxLines < 1 || m.MaxLines > 1<<20 {
		bad("multiline.max_lines", "must be from 1 to 1048576", "500 is the default")
	}
	if m.MaxBytes < 1<<10 || m.MaxBytes > 64<<20 {
		bad("multiline.max_bytes", "must be from 1KiB to 64MiB", "1MiB is the default")
	}
	if m.Flush.Std() < 10*time.Millisecond || m.Flush.Std() > time.Hour {
		bad("multiline.flush", "must be from 10ms to 1h", "2s is the default")
	}
}

// State is what a rule remembers of the lines of a group; the zero State is that of none. It begins anew with each group, so
// that where a group ends depends on its own lines and the next one alone.
type State uint8

// complete is set in the state of a group that no line can join any more: it need not wait for one.
const complete State = 1 << 7

// rule tells which lines are one record. Lines are UTF-8, without their newline and a
// carriage return before it.
type rule struct {
	first func(line []byte) State                  // of the line a group begins with
	next  func(s State, line []byte) (State, bool) // whether line joins the lines before

	pieces bool // lines are pieces of containers' messages, see outWaits
}

// rule returns nil where each line is a record. m must be valid.
func (m *Multiline) rule() *rule {
	switch {
	case m.Preset != "":
		return ruleOf(m.Preset)
	case m.Start != "":
		re := regexp.MustCompile(m.Start)
		return stateless(func(line []byte) bool { return !re.Match(line) })
	case m.Continue != "":
		re := regexp.MustCompile(m.Continue)
		return stateless(re.Match)
	}
	return nil
}

// stateless is a rule that looks at one line.
func stateless(joins func(line []byte) bool) *rule {
	return &rule{
		first: func([]byte) State { return 0 },
		next:  func(_ State, line []byte) (State, bool) { return 0, joins(line) },
	}
}

// Presets returns the names that Multiline.Preset can have, sorted.
func Presets() []string {
	all := []string{"java", "kotlin", "dotnet", "go", "python", "php", "node", "ruby",
		"mysql_slow", "mysql_error", "postgres", "postgres_csv", "cri", "docker"}
	slices.Sort(all)
	return all
}

func ruleOf(preset string) *rule {
	switch preset {
	case "java", "kotlin", "dotnet":
		return &rule{first: firstOfJava, next: nextOfJava}
	case "go":
		return &rule{first: firstOfGo, next: nextOfGo}
	case "python":
		return &rule{first: firstOfPython, next: nextOfPython}
	case "php":
		return &rule{first: firstOfPHP, next: nextOfPHP}
	case "node":
		return &rule{first: firstOfNode, next: nextOfNode}
	case "ruby":
		return &rule{first: firstOfRuby, next: nextOfRuby}
	case "mysql_slow":
		return &rule{first: firstOfMySQLSlow, next: nextOfMySQLSlow}
	case "mysql_error":
		return stateless(continuesMySQLError)
	case "postgres":
		return stateless(continuesPostgres)
	case "postgres_csv":
		return &rule{first: firstOfPostgresCSV, next: nextOfPostgresCSV}
	case "cri":
		return &rule{first: firstOfCRI, next: nextOfCRI, pieces: true}
	case "docker":
		return &rule{first: firstOfDocker, next: nextOfDocker, pieces: true}
	}
	return nil
}
