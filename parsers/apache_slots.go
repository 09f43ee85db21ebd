package parsers

import (
	"slices"
	"strings"
)

// apacheSlots finds out what each part of a format is.
func apacheSlots(all []apacheToken, times apacheTimes) ([]slot, error) {
	var slots []slot
	add := func(s slot) {
		if n := len(slots); s.name == "" && n > 0 && slots[n-1].name == "" {
			slots[n-1].literal += s.literal
			return
		}
		slots = append(slots, s)
	}
	for i, t := range all {
		switch {
		case t.letter == "":
			add(slot{literal: t.literal})
		case t.letter == "q" && i > 0 && all[i-1].letter == "U":
			slots[len(slots)-1].take = takePath // the question mark tells where %U ends
		case t.letter == "t":
			parts, err := times.slots(t, i)
			if err != nil {
				return nil, err
			}
			for _, s := range parts {
				add(s)
			}
		default:
			s, ok := apacheColumn(t)
			if !ok {
				return nil, badApache("see http://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats", "httpd has no directive %s", t.text)
			}
			s.name = apacheName(s.name, t, all)
			s.reason = "no match for apache format at " + t.text
			add(s)
		}
	}
	return slots, checkSlots(slots)
}

// apacheName tells apart directives that log the same thing of two sides.
func apacheName(name string, t apacheToken, all []apacheToken) string {
	if t.letter == "h" && slices.ContainsFunc(all, func(o apacheToken) bool { return o.letter == "a" && o.arg != "c" }) {
		return "remote_host" // with HostnameLookups; otherwise it is the address
	}
	// By default these look at the original request, all others at the final one.
	original := t.original || !t.final && strings.Contains("sUTDr", t.letter)
	if original && slices.ContainsFunc(all, func(o apacheToken) bool {
		return o.letter == t.letter && o.arg == t.arg && o.final
	}) {
		return "original_" + name
	}
	return name
}

// checkSlots refuses formats that cannot be read back.
func checkSlots(all []slot) error {
	values := 0
	for i, s := range all {
		if s.name == "" {
			if strings.Contains(s.literal, "\n") {
				return badApache("give each line of it a source of its own", "the format makes more than one line of a request")
			}
			continue
		}
		values++
		if i+1 < len(all) && all[i+1].name != "" && s.width == 0 && s.moment == nil {
			at := strings.TrimPrefix(s.reason, "no match for apache format at ")
			return badApache("put a separator behind it in the LogFormat", "nothing stands behind %s, so nobody can tell where it ends", at)
		}
	}
	if values == 0 {
		return badApache(apacheNames, "the format has no directives")
	}
	return nil
}
