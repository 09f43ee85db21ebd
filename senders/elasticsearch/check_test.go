package elasticsearch

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"logskiff/senders"
)

func TestACheckSaysWhoAnswers(t *testing.T) {
	f := newFake(t)
	e := f.open(func(c *Config) { c.Endpoints = []string{f.URL + "/es/?pipeline=nginx"}; c.APIKey = "bXk6a2V5" }).Endpoints[0]
	steps := func() (string, error) {
		var all []string
		err := e.(senders.Checker).Check(t.Context(), func(s string) { all = append(all, s) })
		return strings.Join(all, "\n"), err
	}
	said, err := steps()
	if err != nil || !strings.Contains(said, "bulk: it refuses a request without documents, as it should: parse_exception: request body is required\ncluster: c, opensearch 2.19.6\nindex: logs, create") {
		t.Errorf("%v\n%s", err, said)
	}
	if got := f.Last().URL.String(); got != "/es/" {
		t.Errorf("it asked at %s", got)
	}
	// One that may write and not look.
	f.Handle(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.WriteHeader(403)
			return
		}
		if r.URL.RawQuery != "filter_path="+strings.NewReplacer(",", "%2C", "*", "%2A").Replace(wanted)+"&pipeline=nginx" {
			t.Errorf("query %s", r.URL.RawQuery)
		}
		w.WriteHeader(400)
		fmt.Fprint(w, `{"error":{"type":"action_request_validation_exception","reason":"Validation Failed: 1: no requests added;"},"status":400}`)
	})
	if said, err = steps(); err != nil || !strings.Contains(said, "cluster: it does not say: 403 Forbidden") {
		t.Errorf("%v\n%s", err, said)
	}
	for status, want := range map[int]string{401: "check api_key", 404: "check the path", 400: "400 Bad Request", 204: "no answer to a bulk request"} {
		f.Status(status)()
		if said, err = steps(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v\n%s", status, err, said)
		}
	}
}

func TestSetupWritesATemplateForAllThatCanBeNamed(t *testing.T) {
	f := newFake(t)
	var body, path string
	f.Handle(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body, path = string(b), r.Method+" "+r.URL.String()
		fmt.Fprint(w, `{"acknowledged":true}`)
	})
	prepare := func(index string, stream bool) (string, error) {
		e := f.open(func(c *Config) { c.Index, c.DataStream = index, stream }).Endpoints[0]
		var all []string
		err := e.(senders.Preparer).Prepare(t.Context(), "search", func(s string) { all = append(all, s) })
		return strings.Join(all, "\n"), err
	}
	said, err := prepare("logs-{source}-{time:%Y.%m.%d}", false)
	if err != nil || path != "PUT /_index_template/logskiff-search" || !strings.Contains(said, "for indexes named logs-*-*") ||
		!strings.Contains(body, `"logs-*-*"`) || strings.Contains(body, "data_stream") || !strings.Contains(body, `"priority": 200`) {
		t.Errorf("%v\n%s\n%s\n%s", err, said, path, body)
	}
	if said, err = prepare("logs", true); err != nil || !strings.Contains(body, `"data_stream": {}`) || !strings.Contains(said, "data streams named logs") {
		t.Errorf("%v\n%s\n%s", err, said, body)
	}
	path = ""
	if _, err = prepare("{source}-logs", false); err == nil || !strings.Contains(err.Error(), "*-logs") || path != "" {
		t.Errorf("%v, %s", err, path)
	}
	f.Status(403)()
	if _, err = prepare("logs", false); err == nil || !strings.Contains(err.Error(), "manage_index_templates") {
		t.Error(err)
	}
}
