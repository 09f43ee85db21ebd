package conf

import "reflect"

// time reads the table time of a source whose lines parser reads.
func (n node) time(kind Kind, parser Plugin) any {
	if parser.Kind == "raw" {
		n.doc.report(n.path, atKey, "time: parser.raw leaves lines whole, so there is no field to read a time from", "choose a parser")
		return nil
	}
	return n.settings(kind)
}

// steps reads the list fields of a source.
func (n node) steps(kind Kind) (steps []any) {
	items, ok := list(n.value)
	if !ok {
		n.doc.maskLike(n.path, "", n.value, n.secrets)
		n.wrong("a list of tables such as [{ drop = [\"a\"] }]", `write [{ drop = ["a"] }]`)
		return nil
	}
	for i, item := range items {
		c := n.root()
		c.path, c.value = elem(n.path, i), item
		steps = append(steps, c.settings(kind))
	}
	return steps
}

// settings decodes and checks a table of a kind.
func (n node) settings(kind Kind) any {
	settings := kind.New()
	n.decode(reflect.ValueOf(settings).Elem())
	n.validate(settings)
	return settings
}
