package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"logskiff/agent/api/access"
)

func TestFilesAreSortedAndPagedHere(t *testing.T) {
	s := newSite(t)
	for i := range 250 {
		s.fake.files = append(s.fake.files, File{Name: fmt.Sprintf("/var/log/%03d.log", i), Size: Count(1000 - i), Lag: Count(i / 50)})
	}
	token := s.as(access.Operator)
	f := func(query, want string, total int) {
		t.Helper()
		var page filePage
		w := s.ask("GET", "/api/v1/sources/web/files?"+query, token, "")
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, one := range page.Files {
			got = append(got, strings.TrimSuffix(strings.TrimPrefix(one.Name, "/var/log/"), ".log"))
		}
		if strings.Join(got, " ") != want || page.Total != total {
			t.Errorf("%s: %v of %d", query, got, page.Total)
		}
	}
	f("limit=3", "200 201 202", 250)
	f("limit=3&order=asc", "000 001 002", 250)
	f("limit=3&sort=name&order=desc", "249 248 247", 250)
	f("limit=3&sort=name&offset=248", "248 249", 250)
	f("limit=3&sort=size&order=asc", "249 248 247", 250)
	f("limit=3&sort=size&offset=1", "001 002 003", 250)
	f("filter=12&sort=name&limit=4", "012 112 120 121", 13)
	f("offset=250", "", 250)
	s.fake.files = []File{
		{Name: "/var/log/a.log", Entries: &FileEntries{Size: 9, Lag: 1}}, {Name: "/var/log/b.log", Entries: &FileEntries{Size: 8, Lag: 2}},
	}
	f("", "b a", 2)
	f("sort=size", "a b", 2)
}

func TestTheHistoryHasEachFigureByItsName(t *testing.T) {
	s := newSite(t)
	token := s.as(access.Viewer)
	f := func(query, want string) {
		t.Helper()
		if got := strings.TrimSpace(s.ask("GET", "/api/v1/history?"+query, token, "").Body.String()); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	}
	row := `{"kind":"source","name":"web","figures":{"bytes_per_second":[2,null,9],"lag_bytes":[4,null,9],"lag_seconds":[5,null,9],"lines_per_second":[1,null,9],"unparsed_per_second":[3,null,9]}}`
	both := `{"kind":"source","name":"forwarder","figures":{"bytes_per_second":[2,null,2],"entries_per_second":[3,null,3],"lag_bytes":[5,null,5],"lag_entries":[6,null,6],"lag_seconds":[7,null,7],"lines_per_second":[1,null,1],"unparsed_per_second":[4,null,4]}}`
	entries := `{"kind":"source","name":"journal","figures":{"entries_per_second":[2,null,2],"lag_entries":[4,null,4],"lag_seconds":[5,null,5],"lines_per_second":[1,null,1],"unparsed_per_second":[3,null,3]}}`
	f("seconds=3", `{"end":"2026-11-21T12:00:02Z","step_seconds":1,"rows":[`+both+`,`+entries+`,`+row+`]}`)
	f("kind=source&name=web", `{"end":"2026-11-21T12:00:02Z","step_seconds":1,"rows":[`+row+`]}`)
	f("kind=sender", `{"end":"2026-11-21T12:00:02Z","step_seconds":1,"rows":[]}`)
}
