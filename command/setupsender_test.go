package command

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"logskiff/senders/httpclient/httpclienttest"
)

func TestSenderSetupWritesAtTheFirstEndpointThatTakesIt(t *testing.T) {
	d, closed := httpclienttest.NewDestination(t), httpclienttest.NewDestination(t)
	var wrote []string
	d.Handle(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		wrote = append(wrote, fmt.Sprintf("%s %s %s", r.Method, r.URL, body))
		_, _ = io.WriteString(w, `{"acknowledged":true}`)
	})
	closed.Status(403)()
	config := func(endpoints, index string) string {
		return put(t, filepath.Join(t.TempDir(), "c.toml"), fmt.Sprintf("[[source]]\nname = \"a\"\nreader.file.paths = [\"/x\"]\nsend_to = [\"search\", \"out\"]\n[[sender]]\nname = \"search\"\nelasticsearch = { endpoints = [%s], index = %q, data_stream = true }\n[[sender]]\nname = \"out\"\nfile = { path = \"/nowhere\" }\n",
			endpoints, index))
	}
	f := func(code int, said string, args ...string) {
		t.Helper()
		got, stdout, stderr := printed(t, append([]string{"sender"}, args...)...)
		if got != code || !strings.Contains(stdout+stderr, said) {
			t.Fatalf("%v: exit code %d\n%s%s", args, got, stdout, stderr)
		}
	}
	both := fmt.Sprintf("%q, %q", closed.URL, d.URL+"/es")
	good := config(both, "logs-{source}-{time:%Y}")
	f(exitUsage, "sender setup -c FILE NAME", "setup", "search")
	f(exitUsage, "sender setup -c FILE NAME", "show", "-c", good, "search")
	f(exitUsage, "there are: search, out", "setup", "-c", good, "serach")
	f(exitFailed, "nothing to set up for a sender of the kind file", "setup", "-c", good, "out")
	f(exitFailed, "begin index with a text", "setup", "-c", config(both, "{source}"), "search")
	f(exitFailed, "403 Forbidden (the user needs the right manage_index_templates)", "setup", "-c", config(fmt.Sprintf("%q", closed.URL), "x"), "search")
	if len(wrote) > 0 {
		t.Fatalf("it wrote %q", wrote)
	}
	f(exitOK, "index template logskiff-search: for data streams named logs-*-*", "setup", "-c", good, "search")
	if len(wrote) != 1 || !strings.HasPrefix(wrote[0], "PUT /es/_index_template/logskiff-search {") || !strings.Contains(wrote[0], `"data_stream": {}`) {
		t.Fatalf("it wrote %q", wrote)
	}
}
