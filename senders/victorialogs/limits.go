package victorialogs

import "logskiff/record/jsontext"

// maxDepth is how deep objects and arrays may stand in each other; deeper ones are left out.
const maxDepth = 299

// short is a length below which no document comes near maxDepth, or has 100 fields.
const short = 600

// measure returns how many fields VictoriaLogs makes of an object, which was checked, and how deep that is nested. Objects are taken apart, arrays
// are one field.
func measure(object []byte) (fields, depth int) {
	arrays, now := 0, 0
	for i := 0; i < len(object); i++ {
		switch object[i] {
		case '"':
			i = int(jsontext.Element(object, i).Len) + i - 1
		case ':':
			if arrays == 0 {
				fields++
			}
		case '{':
			if arrays == 0 && now > 0 {
				fields--
			}
			now++
		case '[':
			now++
			arrays++
		case '}':
			now--
		case ']':
			now--
			arrays--
		}
		depth = max(depth, now)
	}
	return fields, depth
}
