package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheExampleForElasticsearchWorksWhenPasted, on a real OpenSearch, with `sender setup` before it.
func TestTheExampleForElasticsearchWorksWhenPasted(t *testing.T) {
	n := openSearch(t)
	dir := t.TempDir()
	config := filepath.Join(dir, "logskiff.toml")
	text := replaced(t, exampleOf(t, "elasticsearch"), "/var/lib/logskiff", filepath.Join(dir, "data"), "/var/log/nginx", dir, "https://es-1:9200", n.url(), `"127.0.0.1:7710"`, `"off"`,
		"logs-", "example-")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	do := func(says string, args ...string) {
		t.Helper()
		if stdout, stderr, code := runOnce(t, dir, args...); code != 0 || !strings.Contains(stdout, says) {
			t.Fatalf("%v: exit code %d\n%s%s", args, code, stdout, stderr)
		}
	}
	do("", "check", "-c", config)
	do("cluster: tests, opensearch 2.19", "test-sender", "-c", config)
	do("for indexes named example-*-*", "sender", "setup", "-c", config, "search")
	a := logskiff(t, "the agent", "run", "-c", config).start()
	line := `203.0.113.9 - ann [28/Nov/2026:13:00:00 +0000] "GET /a HTTP/1.1" 200 17 "-" "curl/8"` + "\n"
	log, err := os.Create(filepath.Join(dir, "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	const index = "example-nginx-2026.11.28"
	eventually(t, failAfter, "lines are in the index", func() bool { // those that the agent finds at its start are not read
		if _, err := log.WriteString(line); err != nil {
			t.Fatal(err)
		}
		return n.count(index) >= 2
	})
	for _, d := range n.all(t, index) {
		if d.Source.Time != "2026-11-28T13:00:00Z" || d.Source.Origin.Source != "nginx" || d.Source.Origin.Path != log.Name() || !strings.Contains(d.ID, "-") {
			t.Errorf("got %+v", d)
		}
	}
	if _, body := n.ask(http.MethodGet, "/"+index+"/_mapping", ""); !strings.Contains(body, `"remote_user":{"type":"keyword"`) {
		t.Errorf("the template was not used: %s", body)
	}
	a.mustStop()
}

// TestARealOpenSearchTakesEachRecordByItself: what one record or one index does not take holds up no other.
func TestARealOpenSearchTakesEachRecordByItself(t *testing.T) {
	n := openSearch(t)
	dir := t.TempDir()
	log := filepath.Join(dir, "app.log")
	a := newAgent(t, fileSource("app", log, "parser.json = {}\n", "search"), searchSender("search", "items-{service}", ", timeout = \"60s\"", n),
		fmt.Sprintf("[[source]]\nname = \"stream\"\nreader.file = { paths = [%q], start_at = \"beginning\" }\nsend_to = [\"stream\"]\n", filepath.Join(dir, "stream.log")),
		searchSender("stream", "itemstream-{source}", ", data_stream = true", n))
	n.must(t, http.MethodPut, "/items-full", `{"mappings":{"properties":{"n":{"type":"long"}}}}`)
	n.must(t, http.MethodPut, "/items-full/_settings", `{"index.blocks.read_only_allow_delete":true}`)
	n.must(t, http.MethodPut, "/items-good", `{"mappings":{"properties":{"n":{"type":"long"}}}}`)
	if stdout, stderr, code := runOnce(t, dir, "sender", "setup", "-c", a.config, "stream"); code != 0 {
		t.Fatalf("sender setup: exit code %d\n%s%s", code, stdout, stderr)
	}
	var lines strings.Builder
	for i := range 300 {
		fmt.Fprintf(&lines, "{\"service\":\"good\",\"n\":%d}\n{\"service\":\"full\",\"n\":%d}\n", i, i)
	}
	lines.WriteString(`{"service":"good","n":"no number"}` + "\n" + `{"service":"good","n":1,"n":2,"@timestamp":"x"}` + "\n" + `{"no":"service"}` + "\n")
	for range 40 { // more than a request may have
		lines.WriteString(`{"service":"large","text":"` + strings.Repeat("x", 50_000) + `"}` + "\n")
	}
	for name, text := range map[string]string{log: lines.String(), filepath.Join(dir, "stream.log"): strings.Repeat("a line\n", 100)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a.start()
	there := func(index string, want int) {
		t.Helper()
		eventually(t, searchStarts, fmt.Sprintf("%d documents are in %s", want, index), func() bool { return n.count(index) == want })
	}
	there("items-good", 301)
	there("items-large", 40)
	there("itemstream-stream", 100)
	if got := n.count("items-full"); got != 0 {
		t.Errorf("%d documents are in a full index", got)
	}
	eventually(t, failAfter, "it is shown that records wait", func() bool {
		out, _, _ := runOnce(t, dir, "status", "-c", a.config, "--json")
		return strings.Contains(out, "items-full")
	})
	n.must(t, http.MethodPut, "/items-full/_settings", `{"index.blocks.read_only_allow_delete":null}`)
	there("items-full", 300)
	eventually(t, failAfter, "what no index takes is in quarantine", func() bool { return a.metric("logskiff_quarantined_lines_total") == 2 })
	eventually(t, failAfter, "all is acknowledged", func() bool { return a.metric("logskiff_lag_bytes") == 0 })
	if body := n.must(t, http.MethodGet, "/_data_stream/itemstream-stream", ""); !strings.Contains(body, "logskiff-stream") {
		t.Errorf("it is no data stream of our template: %s", body)
	}
	a.mustStop()
}
