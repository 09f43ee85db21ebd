package conf

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
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
		if s, ok := n.text("text in quotes", inQuotes(n.value)); ok {
			v.SetString(s)
		}
	case reflect.Bool:
		b, ok := n.value.(bool)
		if !ok {
			n.wrong("true or false", "write true or false without quotes")
			return
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, ok := n.value.(int64)
		if !ok {
			n.wrong("a whole number", asNumber(n.value))
		} else if v.OverflowInt(i) {
			most := int64(1)<<(v.Type().Bits()-1) - 1
			n.wrong(fmt.Sprintf("from %d to %d", -most-1, most), "choose a number within")
		} else {
			v.SetInt(i)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		i, ok := n.value.(int64)
		if !ok {
			n.wrong("a whole number", asNumber(n.value))
		} else if i < 0 || v.OverflowUint(uint64(i)) {
			n.wrong(fmt.Sprintf("from 0 to %d", min(uint64(1)<<v.Type().Bits()-1, math.MaxInt64)), "choose a number within")
		} else {
			v.SetUint(uint64(i))
		}
	case reflect.Float32, reflect.Float64:
		f, ok := n.value.(float64)
		if i, isInt := n.value.(int64); isInt {
			f, ok = float64(i), true
		}
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			n.wrong("a finite number", asNumber(n.value))
			return
		}
		v.SetFloat(f)
	default:
		panic(fmt.Sprintf("BUG: %s: settings cannot be a %s", n.path, v.Type()))
	}
}

// inQuotes is the hint for what should be text.
func inQuotes(value any) string {
	switch value := value.(type) {
	case int64, float64, bool:
		return fmt.Sprintf("write \"%v\"", value)
	}
	return `write "text"`
}

// asNumber is the hint for what should be a number.
func asNumber(value any) string {
	if s, ok := value.(string); ok {
		if _, err := strconv.ParseFloat(s, 64); err == nil && len(s) < 20 {
			return "write " + s + " without quotes"
		}
	}
	return "write a number without quotes, such as 8"
}

func (n node) decodeSecret(v reflect.Value) {
	n.doc.mask(n.path)
	if _, ok := n.value.(string); !ok {
		n.doc.report(n.path, atValue, n.label+": must be text in quotes", `write "${NAME}" or "${file:/path}"`)
		return
	}
	if s, ok := n.text("", ""); ok {
		v.SetString(s)
	}
}

func (n node) decodeSize(v reflect.Value) {
	const what = `a size such as "64MiB"`
	switch i := n.value.(type) {
	case int64:
		if i < 0 || i > maxSize {
			n.wrong(what, "write a number from 0 to 4611686018427387904, or \"64MiB\"")
			return
		}
		v.SetInt(i)
		return
	case float64:
		n.wrong(what, fmt.Sprintf("write the unit: \"%gMiB\"", i))
		return
	}
	if s, ok := n.text(what, `write "64MiB"`); ok {
		size, err := ParseSize(s)
		v.SetInt(int64(size))
		n.unreadable(what, s, err)
	}
}

func (n node) decodeDuration(v reflect.Value) {
	const what = `a duration such as "200ms"`
	hint := `write "5s"`
	if i, ok := n.value.(int64); ok && i >= 0 {
		hint = fmt.Sprintf("write the unit: \"%ds\"", i)
	}
	if s, ok := n.text(what, hint); ok {
		d, err := ParseDuration(s)
		v.SetInt(int64(d))
		n.unreadable(what, s, err)
	}
}

// unreadable reports what ParseSize or ParseDuration say of s. Their advice stands behind the
// value; where that comes from a variable it is not shown.
func (n node) unreadable(what, s string, err error) {
	if err == nil {
		return
	}
	hint := "write " + what
	if s == n.value {
		text := err.Error()
		hint = text[strings.LastIndex(text, "\": ")+len("\": "):]
	}
	n.wrong(what, hint)
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
