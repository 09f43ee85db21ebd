package fields

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"logskiff/conf"
)

// Step is one table of the list fields: one action, and what belongs to it.
type Step struct {
	Keep   []string          `toml:"keep" doc:"Leave out all fields but these."`
	Drop   []string          `toml:"drop" doc:"Leave out these fields."`
	Rename map[string]string `toml:"rename" doc:"Old names and new ones. A field that has the new name already is replaced."`
	Add    map[string]string `toml:"add" doc:"Names and values of fields to add, instead of those with the same names. The values $host, $source, $path, $stream and $tag.NAME stand for what they say; write $$ for a dollar at the beginning."`
	Type   map[string]string `toml:"type" doc:"Names and types: \"number\", \"bool\" (true, yes, on, 1 and their opposites) or \"string\". A value that cannot be converted stays what it is, and so does a number that receivers would round: integers beyond 64 bits, and more digits than a double has."`

	Redact  []string `toml:"redact" doc:"What to hide in texts: \"email\", \"card\" (card numbers with a right check digit), \"token\" (Bearer and Basic credentials, JWT, access keys, passwords in URLs, what stands behind password=, secret: and the like, and behind token=, api_key: and the like if it looks random: 20 characters, or 8 with a digit; also in fields with such names), \"ipv4\" and \"ipv6\" (the host's part of an address), or \"all\" (the whole field; needs fields)."`
	Pattern string   `toml:"pattern" expand:"no" doc:"Regular expression (RE2) of what else to hide in texts; may stand alone or beside redact."`
	Fields  []string `toml:"fields" doc:"For redact and pattern: in these fields only; none, the default, means in every text, nested ones too. The line itself, where it was not parsed, is \"message\"."`
	With    *string  `toml:"with" doc:"For redact and pattern: what to write instead. The default is *** and, for addresses, the network's address."`

	Hash []string    `toml:"hash" doc:"Replace these fields by 32 hexadecimal digits that are the same for the same text: the first half of an HMAC-SHA-256 (RFC 2104)."`
	Salt conf.Secret `toml:"salt" doc:"For hash: its key. Without it, names and addresses could be guessed from their hashes. Required."`

	DropIf string `toml:"drop_if" expand:"no" doc:"Leave out records for which this expression is true."`
	KeepIf string `toml:"keep_if" expand:"no" doc:"Leave out records for which this expression is false."`
	Sample *int   `toml:"sample" doc:"Leave out all but one in so many records. Which one depends on where the record stands in its file, so a repeat after a restart takes the same decision."`
	If     string `toml:"if" expand:"no" doc:"For sample: only of records for which this expression is true; others stay."`

	JSON     string  `toml:"json" doc:"Take the members of the JSON object in this field as fields instead of it. What is no object stays."`
	KeyValue string  `toml:"key_value" doc:"Take the key=value pairs in this field as fields instead of it. What has none stays."`
	Query    string  `toml:"query" doc:"Add the parameters of the URL in this field as fields, decoded, the first 100 of them. The field stays."`
	Path     string  `toml:"path" expand:"no" doc:"Add what the named groups of this regular expression (RE2), (?P<name>...), find in the path of the record's file, instead of fields with the same names; it may match anywhere in it. Or \"kubernetes\": pod, namespace and container from a name below /var/log/pods or /var/log/containers, rotated and compressed ones too, with pod_uid and restart from the one, container_id from the other. A path that does not match adds nothing, and its lines are counted."`
	Prefix   *string `toml:"prefix" doc:"For json, key_value, query and path: what to put before the names of new fields; default \"\", and \"query_\" for query, since clients choose those names. A name that the agent or the protocol writes, such as time or _offset, or that another field has, gets _2 behind it (or _3, and so on to _20; then the field stays as it is)."`

	Template string `toml:"template" example:"\"logs-{source}-{level:-info}\"" doc:"Make a text of fields, and of what is known of the record, for the field that to names, instead of one with that name. See above for what may stand in braces. Where something without a default is missing no field is made."`
	To       string `toml:"to" doc:"For template: the name of the field. Required."`
	SafeFor  string `toml:"safe_for" doc:"For template: what the text will be used as, \"topic\" (of Kafka), \"index\" (of Elasticsearch and OpenSearch) or \"path\" (of a file). Values are then written with _ for each character that it cannot have, small for an index, and no value can choose another folder or an internal name."`
	Zone     string `toml:"zone" example:"\"Europe/Berlin\"" doc:"For template: the zone of its times, as in the IANA database; empty, the default, is UTC."`
}

// action is what a step does; a step has exactly one.
type action struct {
	key       string
	given     bool
	qualifier []string // keys that may stand beside it
}

func (s *Step) actions() []action {
	return []action{
		{"keep", s.Keep != nil, nil},
		{"drop", s.Drop != nil, nil},
		{"rename", s.Rename != nil, nil},
		{"add", s.Add != nil, nil},
		{"type", s.Type != nil, nil},
		{"redact", s.Redact != nil || s.Pattern != "", []string{"fields", "with"}},
		{"hash", s.Hash != nil, []string{"salt"}},
		{"drop_if", s.DropIf != "", nil},
		{"keep_if", s.KeepIf != "", nil},
		{"sample", s.Sample != nil, []string{"if"}},
		{"json", s.JSON != "", []string{"prefix"}},
		{"key_value", s.KeyValue != "", []string{"prefix"}},
		{"query", s.Query != "", []string{"prefix"}},
		{"path", s.Path != "", []string{"prefix"}},
		{"template", s.Template != "", []string{"to", "safe_for", "zone"}},
	}
}

// Validate returns joined *conf.FieldError.
func (s *Step) Validate() error {
	var given []action
	var names []string
	for _, a := range s.actions() {
		names = append(names, a.key)
		if a.given {
			given = append(given, a)
		}
	}
	switch {
	case len(given) == 0:
		return &conf.FieldError{Msg: "the step has no action", Hint: "add one of: " + strings.Join(names, ", ")}
	case len(given) > 1:
		return &conf.FieldError{Key: given[1].key, Msg: "a second action beside " + given[0].key, Hint: "write a step of its own"}
	}
	var errs []error
	bad := func(key, msg, hint string) { errs = append(errs, &conf.FieldError{Key: key, Msg: msg, Hint: hint}) }
	for key, there := range map[string]bool{
		"fields": s.Fields != nil, "with": s.With != nil, "salt": s.Salt != "", "if": s.If != "", "prefix": s.Prefix != nil,
		"to": s.To != "", "safe_for": s.SafeFor != "", "zone": s.Zone != "",
	} {
		if there && !slices.Contains(given[0].qualifier, key) {
			bad(key, "does not belong to "+given[0].key, "take it out, or put it into the step that it is for")
		}
	}
	s.check(given[0].key, bad)
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

func (s *Step) check(action string, bad func(key, msg, hint string)) {
	for key, list := range map[string][]string{"keep": s.Keep, "drop": s.Drop, "hash": s.Hash, "fields": s.Fields} {
		if list != nil && len(list) == 0 {
			bad(key, "must name at least one field", "name one, or leave "+key+" out")
		}
	}
	switch action {
	case "rename":
		s.checkRename(bad)
	case "add":
		s.checkAdd(bad)
	case "type":
		for name, t := range s.Type {
			if !slices.Contains([]string{"number", "bool", "string"}, t) {
				bad("type."+name, fmt.Sprintf("there is no type %q", t), "known: number, bool, string")
			}
		}
	case "redact":
		s.checkRedact(bad)
	case "hash":
		if s.Salt == "" {
			bad("hash", "needs a salt", `add salt = "${NAME}", an environment variable with a random text`)
		}
	case "drop_if", "keep_if":
		if _, err := compileExpression(s.DropIf + s.KeepIf); err != nil {
			bad(action, err.Error(), expressionHint(err))
		}
	case "sample":
		if *s.Sample < 1 {
			bad("sample", "must be at least 1", "write 10 for one in ten")
		}
		if s.If != "" {
			if _, err := compileExpression(s.If); err != nil {
				bad("if", err.Error(), expressionHint(err))
			}
		}
	case "json", "key_value", "query":
		if s.Prefix != nil && *s.Prefix != "" {
			if why := badName(*s.Prefix); why != "" {
				bad("prefix", why, "choose another prefix, such as query_")
			}
		}
	case "path":
		s.checkPath(bad)
	case "template":
		s.checkTemplate(bad)
	}
}

// expressionHint is what to do about an expression that cannot be read.
func expressionHint(err error) string {
	if strings.Contains(err.Error(), `Operator("=")`) {
		return "compare with =="
	}
	return "write for example 'status < 400 && host != \"a\"'; https://expr-lang.org/docs/language-definition has all there is"
}

func (s *Step) checkRename(bad func(key, msg, hint string)) {
	taken := map[string]string{}
	for old, name := range s.Rename {
		if why := badName(name); why != "" {
			bad("rename."+old, why, "choose another name")
		}
		if other, ok := taken[name]; ok {
			bad("rename."+max(old, other), "gives two fields one name", "choose another name for one of them")
		}
		taken[name] = old
	}
}

func (s *Step) checkAdd(bad func(key, msg, hint string)) {
	for name, value := range s.Add {
		if why := badName(name); why != "" {
			bad("add."+name, why, "choose another name")
		}
		if !utf8.ValidString(value) {
			bad("add."+name, "must be valid UTF-8", "")
		}
		if _, ok := parseAdded(value); !ok {
			bad("add."+name, fmt.Sprintf("%q stands for nothing", value), "known: $host, $source, $path, $stream, $tag.NAME; write $$ for a dollar")
		}
	}
}

func (s *Step) checkRedact(bad func(key, msg, hint string)) {
	if s.Redact != nil && len(s.Redact) == 0 && s.Pattern == "" {
		bad("redact", "must name at least one thing to hide", "known: "+strings.Join(presets(), ", "))
	}
	for i, name := range s.Redact {
		at := fmt.Sprintf("redact[%d]", i)
		switch {
		case !slices.Contains(presets(), name):
			bad(at, fmt.Sprintf("cannot hide %q", name), "known: "+strings.Join(presets(), ", "))
		case name == "all" && s.Fields == nil:
			bad(at, "all needs to know of which fields", `add fields = ["..."]`)
		}
	}
	if s.Pattern != "" {
		if re, err := regexp.Compile(s.Pattern); err != nil {
			bad("pattern", notRegexp(err), regexpHint)
		} else if re.MatchString("") {
			bad("pattern", "matches the empty text, so it would hide nothing and everything", "write + instead of *, or something that must stand there")
		}
	}
	if s.With != nil && !isPlain(*s.With) {
		bad("with", "must be valid UTF-8 without control characters, quotes and backslashes", "choose another text, such as ***")
	}
}

const regexpHint = `put a backslash before what stands for itself, such as \( \[ \. \* \?; the syntax is RE2's, without lookahead and backreferences`

func notRegexp(err error) string {
	return "is no regular expression: " + strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

// badName says why a new field cannot have that name, or "".
func badName(name string) string {
	switch {
	case name == "" || !isPlain(name):
		return "a name must be valid UTF-8, not empty, and without control characters, quotes and backslashes"
	case name[0] == '_':
		return "names that begin with _ belong to the forwarder protocol"
	case slices.Contains([]string{"time", "time_from", "parse_error", "invalid_utf8"}, name):
		return fmt.Sprintf("%q is written by the agent itself", name)
	}
	return ""
}

// isPlain says whether s stands in a JSON string as it is.
func isPlain(s string) bool {
	for _, c := range s {
		if c < ' ' || c == '"' || c == '\\' {
			return false
		}
	}
	return utf8.ValidString(s)
}
