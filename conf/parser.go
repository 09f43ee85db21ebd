package conf

// ParseParser reads one parser as it stands in a [[source]] table, without that
// table: "nginx", or with settings `nginx = { format = "combined" }`, or
// `nginx.format = "combined"`. name stands for a file in errors, which are Errors.
func ParseParser(name, text string, kinds Kinds) (Plugin, error) {
	if isBare(text) {
		text += " = {}"
	}
	l := newLoader(kinds)
	d := l.add(name, text)
	var p Plugin
	if d.tree != nil {
		p = l.node(d, "", d.tree).plugin("parser", kinds.Parsers)
	}
	if errs := d.errors(); len(errs) > 0 {
		return Plugin{}, errs
	}
	return p, nil
}
