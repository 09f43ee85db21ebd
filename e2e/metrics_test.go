package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What becomes of requests is in a forwarder's metrics.
func TestAForwarderCountsWhatBecomesOfRequests(t *testing.T) {
	t.Parallel()
	addr, dir := fmt.Sprintf("127.0.0.1:%d", freePort(t)), filepath.Join(t.TempDir(), "received")
	a := newAgent(t,
		fmt.Sprintf("[[source]]\nname = \"in\"\nreader.http = { listen = %q, tokens = [\"t\"], max_body = \"64KiB\", max_decoded = \"64KiB\" }\nparser.json = {}\n", addr),
		fmt.Sprintf("[[sender]]\nname = \"received\"\nfile = { path = %q }\n", dir))
	a.start()
	a.ready()
	const stream = "00112233445566778899aabbccddeeff"
	post := func(want int, method, path, body string, header ...string) {
		t.Helper()
		req, err := http.NewRequest(method, "http://"+addr+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-ndjson")
		req.Header.Set("Authorization", "Bearer t")
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s %s %.30q %v: answered %d, want %d", method, path, body, header, resp.StatusCode, want)
		}
	}
	batch := func(agent string) string {
		return fmt.Sprintf(`{"v":1,"host":"h","source":"a","agent":%q,"segments":[{"stream":%q,"path":"/x","start":0,"end":20,"records":2}]}`, agent, stream)
	}
	const two = `{"_offset":0,"a":1}` + "\n" + `{"_offset":10,"a":2}` + "\n"
	const path = "/v1/batch"
	post(200, "POST", path, two, "Logskiff-Batch", batch("w")) // good
	for range 3 {
		post(200, "POST", path, two, "Logskiff-Batch", batch("w")) // repeated
	}
	post(409, "POST", path, two, "Logskiff-Batch", batch("v"))
	post(503, "POST", path, two, "Logskiff-Batch", batch(""))
	post(200, "POST", path, `{"a":3}`) // without identity
	post(401, "POST", path, two, "Authorization", "Bearer u")
	post(401, "POST", path, two, "Authorization", "")
	post(400, "POST", path, "nonsense")
	var packed bytes.Buffer // one that is refused before it was read would be answered while the client still writes
	z := gzip.NewWriter(&packed)
	z.Write(make([]byte, 65<<10))
	z.Close()
	post(413, "POST", path, packed.String(), "Content-Encoding", "gzip")
	post(415, "POST", path, two, "Content-Type", "text/html")
	post(404, "POST", "/", two)
	post(405, "GET", path, "")

	for name, want := range map[string]float64{
		"received_requests_total": 14, "received_requests_accepted_total": 5, "received_records_total": 9,
		"received_requests_refused_total": 8, "received_requests_foreign_total": 1, "received_requests_busy_total": 1, "received_requests_wordless_total": 1,
		"received_refusals_total":      9,
		"sender_written_records_total": 3, "sender_repeats_total": 6, "sender_commits_failed_total": 0,
	} {
		if got := a.metric("logskiff_" + name); got != want {
			t.Errorf("logskiff_%s is %g, want %g", name, got, want)
		}
	}
	for why, want := range map[string]float64{
		"malformed": 1, "unauthorized": 2, "no_such_path": 2, "foreign": 1, "too_large": 1, "media_type": 1, "no_word": 1, "queue_full": 0, "late": 0,
	} {
		if got := a.metric("logskiff_received_refusals_total", fmt.Sprintf("reason=%q", why)); got != want {
			t.Errorf("refused as %s: %g, want %g", why, got, want)
		}
	}
	size := int64(0)
	files, err := filepath.Glob(filepath.Join(dir, "received-*.ndjson"))
	if err != nil || len(files) == 0 {
		t.Fatal("nothing is stored", err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if got := a.metric("logskiff_sender_written_bytes_total"); got != float64(size) {
		t.Errorf("%g bytes are counted, %d are stored", got, size)
	}
	if got := a.metric("logskiff_sender_commits_total"); got != 2 {
		t.Errorf("%g commits for two batches with something new", got)
	}
	a.mustStop()
}
