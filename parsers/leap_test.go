package parsers

import (
	"strings"
	"testing"
	"time"

	"logskiff/record"
)

// Every parser that reads a time takes a leap second, of which there was one at the end of 2016, and takes
// it for the first second of the next minute.
func TestLeapSeconds(t *testing.T) {
	want := readAt(t, "2017-01-01T00:00:00Z")
	build := func(p Parser, err error) Parser {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p.Clone()
	}
	at := func(p Parser, lines ...string) {
		t.Helper()
		for _, line := range lines {
			for _, text := range []string{strings.Replace(line, ":59:59", ":59:60", 1), strings.Replace(line, ":59:59", ":59:61", 1)} {
				b := newBatch(line, text, text) // the second one from what clocks remember
				b.ReadAt = readAt(t, "2017-01-01T12:00:00Z")
				p.Parse(b)
				leap := strings.Contains(text, ":60")
				for i := 1; i < 3; i++ {
					r := &b.Records[i]
					read := r.Kind != record.Failed && r.Flags&record.ReadTime == 0 && r.Time != 0
					if read != leap || leap && r.Time/1e9*1e9 != want {
						t.Errorf("%q is of %s: %s", text, time.Unix(0, r.Time).UTC(), parsed(b, i))
					}
				}
			}
		}
	}
	at(newNginx(t, withFormat("$time_local", "default")), `31/Dec/2016:23:59:59 +0000`, `01/Jan/2017:00:59:59 +0100`)
	at(newNginx(t, withFormat("$time_iso8601", "default")), `2016-12-31T23:59:59+00:00`, `2017-01-01T08:59:59+09:00`)
	at(newApache(t, "common"), `::1 - - [31/Dec/2016:23:59:59 +0000] "GET / HTTP/1.1" 200 5`)
	at(newApache(t, `%{%Y-%m-%d %H:%M:%S %z}t`), `2016-12-31 23:59:59 +0000`)
	at(newNginxError(t, "UTC"), `2016/12/31 23:59:59 [error] 1#2: x`)
	at(newSyslog(t, "auto", "UTC"), `<13>1 2016-12-31T23:59:59.5Z h a - - - x`, `Dec 31 23:59:59 h a: x`, `2016-12-31T23:59:59.5+00:00 h a: x`)
	at(newCRI(t), `2016-12-31T23:59:59.999999999Z stdout F x`)
	at(newDocker(t), `{"log":"x\n","stream":"stdout","time":"2016-12-31T23:59:59.5Z"}`)
	at(newMySQLError(t), `2016-12-31T23:59:59.5Z 0 [Note] x`)
	at(newMySQLSlow(t), "# Time: 2016-12-31T23:59:59.5Z\n# Query_time: 1\nSELECT 1;")
	at(newPostgres(t, "%m [%p] "), `2016-12-31 23:59:59.5 UTC [1] LOG:  x`)
	at(newPostgresCSV(t), `2016-12-31 23:59:59.5 UTC,"u","d",1,"::1:5",5.1,1,"x",2016-12-31 23:00:00 UTC,1/1,0,LOG,00000,"m",,,,,,,,,""`)
	iis := DefaultW3C()
	iis.Fields = "date time sc-status"
	at(build(NewW3C(iis)), `2016-12-31 23:59:59 200`, `2016-12-31 23:59:59.5 200`)
	for format, text := range map[string]string{
		"auto": "2016-12-31T23:59:59Z", "rfc3339": "2016-12-31 23:59:59.5+0000", "rfc1123": "Sat, 31 Dec 2016 23:59:59 GMT", "rfc3164": "Dec 31 23:59:59",
		"02/Jan/2006:15:04:05 -0700": "31/Dec/2016:23:59:59 +0000", "%Y-%m-%d %H:%M:%S.%f %z": "2016-12-31 23:59:59.5 +0000",
		"%d.%m.%Y %I:%M:%S %p": "31.12.2016 11:59:59 PM",
	} {
		at(Chain(jsonParser{}, newTime(t, TimeConfig{Field: "t", Format: format, Zone: "UTC"})), `{"t":"`+text+`"}`)
	}
}
