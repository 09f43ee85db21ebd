package parsers

import (
	"strings"

	"logskiff/record"
)

// syslogWords are the texts that fields point at but no line holds. They are put into
// each batch once.
type syslogWords struct {
	text     string
	facility [24]record.Span // in text
	severity [8]record.Span
	columns  [syslogWidth]record.Span
	yes      record.Span
}

// newSyslogWords knows the names of syslog.h, and for the facilities 12 to 15, which it has not,
// those of RFC 5424, section 6.2.1, in the usual short form.
func newSyslogWords() *syslogWords {
	const facilities = "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7"
	const severities = "emerg alert crit err warning notice info debug"
	var w syslogWords
	w.add(w.facility[:], strings.Fields(facilities))
	w.add(w.severity[:], strings.Fields(severities))
	w.add(w.columns[:], syslogColumns())
	yes := make([]record.Span, 1)
	w.add(yes, []string{"true"})
	w.yes = yes[0]
	return &w
}

func (w *syslogWords) add(spans []record.Span, words []string) {
	for i, s := range words {
		spans[i] = record.Span{Off: uint32(len(w.text)), Len: uint32(len(s))}
		w.text += s
	}
}
