package conf

import "regexp"

// syntaxRule says in our words what the decoder means, and what to do. In hint and msg, $1 is
// what the pattern caught.
type syntaxRule struct{ pattern, msg, hint string }

const (
	endsEarly = "the file ends in the middle of something"
	nulByte   = "a NUL byte"
)

// syntaxRules are in order: the first that fits is taken. The texts are those of
// github.com/BurntSushi/toml v1.6; one that is not known here is shown as it is.
func syntaxRules() []syntaxRule {
	return []syntaxRule{
		{`^` + endsEarly + `|^unexpected EOF`, endsEarly, "look for a quote, ] or } that is missing"},
		{`^` + nulByte, "there is a NUL byte, as in UTF-16", "save the file as UTF-8"},
		{`^expected a comma \(','\) or array terminator`, "a comma, or the ] that ends the list, is missing here", `write ["a", "b"]`},
		{`^expected a comma or an inline table terminator`, "a comma, or the } that ends the table, is missing here", `write { a = "x", b = "y" }`},
		{`^unexpected comma`, "there is a comma too many", "remove it"},
		{`^newlines not allowed within inline tables`, "a table in { } ends in its line", "write it as [table] with a key in each line, or in one line"},
		{`^strings cannot contain newlines`, "the quote that ends this text is missing", `write "text" in one line, or """text""" over several`},
		{`^expected value but found '\\n'`, "there is no value behind the =", `write key = "text", or remove the key`},
		{`^expected value but found "(?i:true|false|yes|no|on|off)"`, "a value cannot be written like this", "write true or false in small letters, or text in quotes"},
		{`^expected value but found ['"][“”‘’„«»]`, "these are not the quotes of a keyboard", `write "text"`},
		{`^expected value but found`, "a value cannot begin like this", `text goes in quotes: key = "text"`},
		{`^expected '\.' or '=', but got ':'`, "there is a colon where = belongs", `write key = "value"; YAML is not read`},
		{`^expected '\.' or '=', but got '/'`, "a comment begins with #", "write # in place of //"},
		{`^expected '\.' or '=', but got '\{'`, "this is no key", `write [agent], and key = "value" below it; JSON is not read`},
		{`^expected '\.' or '=', but got '\\n'`, "there is neither = nor a value behind the key", `write key = "value"`},
		{`^expected '\.' or '=', but got`, "there is no = behind the key", `write key = "value"`},
		{`^expected '\.' or '\]' to end table name`, "the ] that ends the name of the table is missing", "write [agent], [[source]] or [[sender]]"},
		{`^expected end of table array name delimiter`, "the ]] that ends the name of the table is missing", "write [[source]] or [[sender]]"},
		{`^unexpected end of table name|^unexpected table separator`, "the name of the table is empty", "write [agent], [[source]] or [[sender]]"},
		{`^expected a top-level item to end with a newline.*but got ';'`, "a line does not end with ;", "remove it"},
		{`^expected a top-level item to end with a newline`, "something stands behind what ends here", "begin a new line; for a comment write # before it"},
		{`^Key '(.*)' has already been defined`, "$1 is there twice", "keep one of them"},
		{`^Key '(.*)' was already created`, "$1 is there twice, as a table and as something else", "keep one of them"},
		{`is not a table$`, "a table and a value have the same name", "rename one of them"},
		{`is out of`, "this number is too large", "numbers are at most 9223372036854775807"},
		{`leading zeroes`, "a number cannot begin with 0", "remove the zeros before it; an octal number is written 0o10"},
		{`^[Ii]nvalid escape|^Escaped character|hexadecimal digits after`, "there is no such escape in text", `write \\ for a backslash, or use '...', which takes everything as it is`},
		{`^invalid UTF-8`, "there is a byte that is not UTF-8", "save the file as UTF-8"},
		{`^TOML files cannot contain control characters`, "there is a control character here", `remove it; in text, write \t, \n or \u001b`},
		{`^unexpected '='|^unexpected '\.'`, "there is no key before this", `write key = "value"`},
		{`^([Ii]nvalid|cannot use sign|floats must|not an? |expected a digit)`, "this is neither a number nor a date", `text goes in quotes: key = "text"`},
	}
}

// explainSyntax returns what a person should read for a message of the decoder. known: it says
// nothing that stands in the file, save the name of a key.
func explainSyntax(msg string) (said, hint string, known bool) {
	for _, r := range syntaxRules() {
		re := regexp.MustCompile(r.pattern)
		if m := re.FindStringSubmatchIndex(msg); m != nil {
			return string(re.ExpandString(nil, r.msg, msg, m)), r.hint, true
		}
	}
	return "this is not TOML: " + msg, "look here and at the line above for a quote, a comma or a bracket that is missing", false
}
