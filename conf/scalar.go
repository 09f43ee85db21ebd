package conf

import (
	"fmt"
	"math"
	"reflect"
)

// decodeSpecial decodes the value types of this package and says whether v is one.
func (n node) decodeSpecial(v reflect.Value) bool {
	switch v.Type() {
	case secretType():
		n.decodeSecret(v)
	case reflect.TypeFor[Size]():
		n.decodeSize(v)
	case reflect.TypeFor[Duration]():
		n.decodeDuration(v)
	default:
		return false
	}
	return true
}

func (n node) decodeScalar(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if s, ok := n.text("text in quotes", ""); ok {
			v.SetString(s)
		}
	case reflect.Bool:
		b, ok := n.value.(bool)
		if !ok {
			n.wrong("true or false", "")
			return
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, ok := n.value.(int64)
		if !ok {
			n.wrong("a whole number", "")
		} else if v.OverflowInt(i) {
			most := int64(1)<<(v.Type().Bits()-1) - 1
			n.wrong(fmt.Sprintf("from %d to %d", -most-1, most), "")
		} else {
			v.SetInt(i)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		i, ok := n.value.(int64)
		if !ok {
			n.wrong("a whole number", "")
		} else if i < 0 || v.OverflowUint(uint64(i)) {
			n.wrong(fmt.Sprintf("from 0 to %d", min(uint64(1)<<v.Type().Bits()-1, math.MaxInt64)), "")
		} else {
			v.SetUint(uint64(i))
		}
	case reflect.Float32, reflect.Float64:
		f, ok := n.value.(float64)
		if i, isInt := n.value.(int64); isInt {
			f, ok = float64(i), true
		}
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			n.wrong("a finite number", "")
			return
		}
		v.SetFloat(f)
	default:
		panic(fmt.Sprintf("BUG: %s: settings cannot be a %s", n.path, v.Type()))
	}
}

func (n node) decodeSecret(v reflect.Value) {
	n.doc.mask(n.path)
	if _, ok := n.value.(string); !ok {
		n.doc.report(n.path, atValue, n.label+": must be text in quotes", "")
		return
	}
	if s, ok := n.text("", ""); ok {
		v.SetString(s)
	}
}

func (n node) decodeSize(v reflect.Value) {
	const what = `a size such as "64MiB"`
	if i, ok := n.value.(int64); ok {
		if i < 0 {
			n.wrong(what, "")
			return
		}
		v.SetInt(i)
		return
	}
	s, ok := n.text(what, "")
	if !ok {
		return
	}
	size, err := ParseSize(s)
	if err != nil {
		n.wrong(what, "units: B, KiB, MiB, GiB, TiB, KB, MB, GB, TB")
		return
	}
	v.SetInt(int64(size))
}

func (n node) decodeDuration(v reflect.Value) {
	const what = `a duration such as "200ms"`
	hint := ""
	if i, ok := n.value.(int64); ok && i >= 0 {
		hint = fmt.Sprintf("write the unit: \"%ds\"", i)
	}
	s, ok := n.text(what, hint)
	if !ok {
		return
	}
	d, err := ParseDuration(s)
	if err != nil {
		n.wrong(what, "units: ms, s, m, h, d")
		return
	}
	v.SetInt(int64(d))
}

// text returns the value with ${...} expanded. Messages about it later show it
// as it is in the file, since what a variable holds may be a secret.
func (n node) text(what, hint string) (string, bool) {
	s, ok := n.value.(string)
	if !ok {
		n.wrong(what, hint)
		return "", false
	}
	if n.literal {
		return s, true
	}
	s, bad := expand(s)
	if bad != nil {
		n.doc.report(n.path, atValue, n.label+": "+bad.Msg, bad.Hint)
		return "", false
	}
	return s, true
}
