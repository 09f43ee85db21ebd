package elasticsearch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// items is what encoding/json reads in an answer; false: it is none.
func items(body []byte) (all []string, ok bool) {
	var top map[string]json.RawMessage
	if json.Unmarshal(body, &top) != nil {
		return nil, false
	}
	var list []json.RawMessage
	if json.Unmarshal(top["items"], &list) != nil || list == nil {
		return nil, false
	}
	for _, one := range list {
		var item map[string]json.RawMessage
		if json.Unmarshal(one, &item) != nil || len(item) == 0 {
			return nil, false
		}
		for _, v := range item {
			var said map[string]json.RawMessage
			if json.Unmarshal(v, &said) != nil {
				return nil, false
			}
			n, err := strconv.Atoi(string(said["status"]))
			if err != nil {
				return nil, false
			}
			e, kind := map[string]json.RawMessage{}, ""
			_ = json.Unmarshal(said["error"], &e)
			_ = json.Unmarshal(e["type"], &kind)
			all = append(all, fmt.Sprint(n, " ", kind))
		}
	}
	return all, true
}

func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		`{"took":1,"errors":false,"items":[{"create":{"_index":"a","_id":"1","status":201}}]}`,
		`{"errors":true,"items":[{"create":{"status":409,"error":{"type":"version_conflict_engine_exception","reason":"[1]: \"x\""}}},{"index":{"status":400,"error":{"type":"m","reason":"r","caused_by":{"type":"t","reason":"\u00e9"}}}}]}`,
		`{"errors":false,"items":[{"create":{"status":201}},{"create":{"status":200}}]}`,
		`{"items":[{"create":{"status":500,"error":"text"}}]}`, `{"items":[]}`, `{"items":[ ]}`, `{}`, `[]`, `{"items":[[]]}`, `{"items":null}`, `{"error":{"reason":1}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got []string
		n, err := readAnswer(body, func(i int, s said) {
			if i != len(got) {
				t.Fatalf("item %d after %d", i, len(got))
			}
			kind := ""
			if s.kind != nil {
				if json.Unmarshal(s.kind, &kind) != nil {
					t.Fatalf("type %q", s.kind)
				}
			}
			got = append(got, fmt.Sprint(s.status, " ", kind))
			_ = verdictOf(&s)
			_ = inWords(nil, s.kind, s.reason, s.caused)
		})
		_ = refusal(body)
		if many, ok := allTaken(body); ok { // it is short for the same
			want, sound := items(body)
			if err != nil || !sound || n != many || len(want) != many || slices.ContainsFunc(want, func(s string) bool { return s != "200 " && s != "201 " }) {
				t.Fatalf("%s: %d items, all taken; want %q", body, many, want)
			}
			return
		}
		if want, ok := items(body); plain(body) {
			if ok != (err == nil) || ok && (n != len(want) || !slices.Equal(got, want)) {
				t.Fatalf("%s: got %q, %v; want %q, %t", body, got, err, want, ok)
			}
		}
	})
}

// plain says whether encoding/json reads a body as we do: it takes the last of equal names, and names in any case, and makes
// U+FFFD of what is not UTF-8.
func plain(body []byte) bool {
	s := string(body)
	if strings.ToLower(s) != s || strings.ToValidUTF8(s, "") != s || strings.Contains(s, `\u`) || strings.Contains(s, "null") {
		return false
	}
	return strings.Count(s, `"items"`) <= 1 && strings.Count(s, `"create"`)+strings.Count(s, `"index"`)+strings.Count(s, `"delete"`) == strings.Count(s, `"status"`) &&
		strings.Count(s, `"error"`) <= strings.Count(s, `"status"`) && strings.Count(s, ":{") < 3
}

func BenchmarkAnswer(b *testing.B) {
	body := []byte(`{"errors":false,"items":[` + strings.Repeat(`{"create":{"status":201}},`, 4999) + `{"create":{"status":201}}]}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if n, err := readAnswer(body, func(int, said) {}); n != 5000 || err != nil {
			b.Fatal(n, err)
		}
	}
}
