package elasticsearch

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"logskiff/senders"
)

func TestDocumentsAreStoredUnderTheirIdentity(t *testing.T) {
	f := newFake(t)
	s := f.open(func(c *Config) { c.Index = "logs-{source}-{service:-other}-{time:%Y}"; c.APIKey = "bXk6a2V5" })
	b := batchOf("one", `{"service":"Pay","@timestamp":"2026-11-28T10:00:00Z","n":1,"n":2}`, "three")
	b.Records[1].Time = 1_795_860_000e9
	p := payloadOf(s, b, 0, 3)
	for range 2 { // the second time all of it is there
		r := s.Endpoints[0].Send(t.Context(), p)
		if r.Class != senders.Delivered || len(r.Items) != 0 || r.Reason != "" {
			t.Fatalf("got %+v", r)
		}
	}
	const id = "ab010000000000000000000000000000"
	want := map[string]string{
		"logs-app-other-2027/" + id + "-0":  `{"logskiff":{"host":"web-1","source":"app","path":"/var/log/app.log","offset":0},"message":"one","time_from":"read","@timestamp":"2027-01-15T08:00:00Z"}`,
		"logs-app-pay-2026/" + id + "-4":    `{"logskiff":{"host":"web-1","source":"app","path":"/var/log/app.log","offset":4},"service":"Pay","n":1,"@timestamp":"2026-11-28T10:00:00Z"}`,
		"logs-app-other-2027/" + id + "-70": `{"logskiff":{"host":"web-1","source":"app","path":"/var/log/app.log","offset":70},"message":"three","time_from":"read","@timestamp":"2027-01-15T08:00:00Z"}`,
	}
	got := f.documents()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	last := f.Last()
	if last.URL.Path != "/_bulk" || last.URL.Query().Get("filter_path") != wanted || last.Header.Get("Authorization") != "ApiKey bXk6a2V5" ||
		last.Header.Get("Content-Encoding") != "gzip" || last.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("got %s %v", last.URL, last.Header)
	}
}

func TestARecordWithoutAnIndexIsNamedAndTheOthersGo(t *testing.T) {
	f := newFake(t)
	s := f.open(func(c *Config) { c.Index = "{service}" })
	f.works(func(_ int, index, _ string, _ []byte) reply {
		if index == "full" {
			return reply{403, "cluster_block_exception", "index [full] blocked by: [FORBIDDEN/8/index write (api)];", ""}
		}
		return reply{}
	})
	b := batchOf("no service", `{"service":"a"}`, `{"service":"full"}`, `{}`, `{"service":"b"}`)
	r := s.Endpoints[0].Send(t.Context(), payloadOf(s, b, 0, 5))
	var said []string
	for _, i := range r.Items {
		said = append(said, fmt.Sprintf("%d %v %s", i.Record, i.Class, i.Key))
	}
	if r.Class != senders.Delivered || fmt.Sprint(said) != "[0 refused  2 held full 3 refused ]" || !strings.Contains(r.Items[0].Reason, "it has no index") {
		t.Errorf("got %+v", r)
	}
	if got := f.documents(); len(got) != 2 {
		t.Errorf("stored: %v", got)
	}
	// Where none has one, nobody is asked.
	before := f.Attempts.Load()
	r = s.Endpoints[0].Send(t.Context(), payloadOf(s, batchOf("x", "y"), 0, 2))
	if r.Class != senders.Delivered || len(r.Items) != 2 || r.Taken(2) != 0 || r.Reason == "" || f.Attempts.Load() != before {
		t.Errorf("got %+v after %d attempts", r, f.Attempts.Load()-before)
	}
}

// What real clusters of OpenSearch 2.19 and Elasticsearch 7.17 and 8 say of single documents.
func TestEachAnswerAboutADocument(t *testing.T) {
	f := newFake(t)
	s := f.open(nil)
	check := func(want senders.Class, key bool, said reply, reason string) {
		t.Helper()
		f.works(func(place int, _, _ string, _ []byte) reply {
			if place == 1 {
				return said
			}
			return reply{}
		})
		r := s.Endpoints[0].Send(t.Context(), payloadOf(s, batchOf("a", "b", "c"), 0, 3))
		switch {
		case r.Class != senders.Delivered:
			t.Errorf("%+v: %+v", said, r)
		case want == senders.Delivered:
			if len(r.Items) > 0 {
				t.Errorf("%+v: %+v", said, r)
			}
		case len(r.Items) != 1 || r.Items[0].Record != 1 || r.Items[0].Class != want || (r.Items[0].Key == "logs") != key || !strings.Contains(r.Items[0].Reason, reason):
			t.Errorf("%+v: %+v, want %v", said, r.Items, want)
		}
	}
	check(senders.Delivered, false, reply{409, "version_conflict_engine_exception", "[1]: version conflict, document already exists (current version [1])", ""}, "")
	check(senders.Refused, false, reply{400, "mapper_parsing_exception", "failed to parse field [m] of type [long] in document with id '2'. Preview of field's value: 'x'", `For input string: "x"`},
		`400 mapper_parsing_exception: failed to parse field [m] of type [long] in document with id '2'. Preview of field's value: 'x': For input string: "x"`)
	check(senders.Refused, false, reply{400, "document_parsing_exception", "[1:47] failed to parse", "Duplicate field 'm'"}, "Duplicate field")
	check(senders.Refused, false, reply{400, "strict_dynamic_mapping_exception", "mapping set to strict, dynamic introduction of [z] within [_doc] is not allowed", ""}, "strict")
	check(senders.Refused, false, reply{400, "illegal_argument_exception", "Limit of total fields [1000] has been exceeded", ""}, "Limit of total fields")
	check(senders.Refused, false, reply{400, "invalid_index_name_exception", "Invalid index name [A b]", ""}, "Invalid index name")
	check(senders.Refused, false, reply{400, "something_new", "no", ""}, "400 something_new: no")
	check(senders.Held, true, reply{400, "illegal_argument_exception", "only write ops with an op_type of create are allowed in data streams", ""}, `index logs`)
	check(senders.Held, true, reply{400, "illegal_argument_exception", "pipeline with id [none] does not exist", ""}, "create the pipeline")
	check(senders.Held, true, reply{400, "illegal_argument_exception", "no write index is defined for alias [logs]. The write index may be explicitly disabled using is_write_index=false or the alias points to multiple indices without one being designated as a write index", ""}, "")
	check(senders.Held, true, reply{400, "illegal_argument_exception", "alias [logs] has more than one index associated with it [a,b], can't execute a single index op", ""}, "alias of one index")
	check(senders.Held, true, reply{400, "validation_exception", "Validation Failed: 1: this action would add [2] total shards, but this cluster currently has [4]/[1] maximum shards open;", ""}, "maximum shards open")
	check(senders.Held, true, reply{429, "cluster_block_exception", "index [logs] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];", ""}, "flood-stage")
	check(senders.Held, true, reply{403, "cluster_block_exception", "index [logs] blocked by: [FORBIDDEN/8/index write (api)];", ""}, "FORBIDDEN/8")
	check(senders.Held, true, reply{404, "index_not_found_exception", "no such index [logs]", ""}, "create it")
	check(senders.Held, true, reply{400, "index_closed_exception", "closed", ""}, "open it")
	check(senders.Held, true, reply{403, "security_exception", "action [indices:data/write/bulk[s]] is unauthorized for user [u]", ""}, "create_doc")
	check(senders.Held, true, reply{403, "", "no permissions", ""}, "403")
	check(senders.Retry, true, reply{503, "cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE/2/no master];", ""}, "no master")
	check(senders.Retry, true, reply{503, "unavailable_shards_exception", "[logs][0] primary shard is not active Timeout: [1m]", ""}, "primary shard")
	check(senders.Retry, true, reply{503, "process_cluster_event_timeout_exception", "failed to process cluster event (create-index) within 30s", ""}, "within 30s")
	check(senders.Retry, true, reply{400, "resource_already_exists_exception", "index [logs/x] already exists", ""}, "already exists")
	check(senders.Retry, true, reply{507, "x", "disk", ""}, "disk")
	check(senders.Retry, false, reply{500, "exception", "a processor failed", ""}, "a processor failed")
	check(senders.Retry, false, reply{409, "x", "unknown conflict", ""}, "unknown conflict")
	check(senders.Throttled, false, reply{429, "es_rejected_execution_exception", "rejected execution of primary operation", ""}, "rejected execution")
	check(senders.Throttled, false, reply{429, "rejected_execution_exception", "rejected execution of coordinating operation", ""}, "rejected execution")
	check(senders.Throttled, false, reply{429, "circuit_breaking_exception", "[parent] Data too large", ""}, "Data too large")
	check(senders.TooLarge, false, reply{413, "x", "too large", ""}, "too large")
}

func TestAnAnswerThatIsNoneHoldsAndDeliversNothing(t *testing.T) {
	f := newFake(t)
	s := f.open(nil)
	check := func(want senders.Class, status int, body, reason string) {
		t.Helper()
		f.Handle(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
		r := s.Endpoints[0].Send(t.Context(), payloadOf(s, batchOf("a", "b"), 0, 2))
		if r.Class != want || len(r.Items) > 0 || !strings.Contains(r.Reason, reason) {
			t.Errorf("%d %s: %+v", status, body, r)
		}
	}
	const two = `{"items":[{"create":{"status":201}},{"create":{"status":201}}]}`
	check(senders.Delivered, 200, two, "")
	check(senders.Delivered, 200, " {\"took\":1, \"errors\" : false , \"items\" : [ { \"create\" : {\"_index\":\"a\", \"status\" : 201 } } , {\"create\":{\"status\":200}}\n] } ", "")
	check(senders.Held, 200, `<html>please log in</html>`, "no answer to a bulk request: it is no JSON")
	check(senders.Held, 200, ``, "it is no JSON")
	check(senders.Held, 200, `{}`, "it has no items")
	check(senders.Held, 200, `[1]`, "it has no items")
	check(senders.Held, 200, `{"items":{}}`, "it has no items")
	check(senders.Held, 200, `{"items":[]}`, "it has 0 items for 2 documents")
	check(senders.Held, 200, `{"items":[{"create":{"status":201}}]}`, "it has 1 items for 2 documents")
	check(senders.Held, 200, `{"items":[{"create":{"status":201}},{"create":{"status":201}},{"create":{"status":400}}]}`, "it has 3 items for 2 documents")
	check(senders.Held, 200, `{"items":[{"create":{"status":201}},{}]}`, "item 1: it is empty")
	check(senders.Held, 200, `{"items":[{"create":{"status":201}},7]}`, "item 1: it is no object")
	check(senders.Held, 200, `{"items":[{"create":7},7]}`, "item 0: it has no status")
	check(senders.Held, 200, `{"items":[{"create":{"status":"201"}}]}`, "its status is no number")
	check(senders.Held, 204, two, "204 No Content (this is no answer to a bulk request")
	check(senders.Held, 406, `{"error":"Content-Type header [application/x-ndjson] is not supported","status":406}`, "406 Not Acceptable (it does not take this format; check the endpoint): Content-Type header")
	check(senders.Held, 401, `{"error":{"type":"security_exception","reason":"missing authentication credentials for REST request"},"status":401}`,
		"401 Unauthorized (check api_key, basic or bearer): security_exception: missing authentication")
	check(senders.Held, 404, `{"error":"no handler found for uri [/x/_bulk] and method [POST]"}`, "check the path of the endpoint")
	check(senders.Throttled, 429, `{"error":{"root_cause":[{}],"type":"circuit_breaking_exception","reason":"[parent] Data too large"},"status":429}`, "429 Too Many Requests: circuit_breaking_exception: [parent]")
	check(senders.Throttled, 503, "", "503")
	check(senders.TooLarge, 413, "", "413")
	check(senders.Refused, 400, `{"error":{"type":"illegal_argument_exception","reason":"The bulk request must be terminated by a newline [\\n]"},"status":400}`, "terminated by a newline")
	check(senders.Retry, 502, "<html>", "502")
	check(senders.TooLarge, 200, `{"items":[{"create":{"status":400,"error":{"reason":"`+strings.Repeat("x", 70_000)+`"}}},{"create":{"status":201}}]}`, "for 2 documents")
}
