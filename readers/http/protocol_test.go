package http

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"logskiff/record/wire"
)

// page returns docs/protocol.md.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheCurlExampleOfTheProtocolPageWorks(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	found := regexp.MustCompile("(?s)```sh\n(curl .*?)```").FindStringSubmatch(page(t))
	if found == nil {
		t.Fatal("the page has no curl example")
	}
	g := start(t, true, nil)
	const url = "http://127.0.0.1:7711/v1/batch"
	if !strings.Contains(found[1], url) {
		t.Fatalf("the example does not use the default address: %s", found[1])
	}
	out, err := exec.Command("sh", "-c", strings.ReplaceAll(found[1], url, g.url)).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != `{"records":2}` {
		t.Fatalf("%v: %s", err, out)
	}
	if got := g.texts(); got != `{"message":"hello"}|{"message":"world","n":2}` {
		t.Fatalf("got %s", got)
	}
}

func TestTheRequestOfTheProtocolPageIsTaken(t *testing.T) {
	text := page(t)
	header := regexp.MustCompile(`(?m)^ +Logskiff-Batch: (.*)$`).FindStringSubmatch(text)
	body := regexp.MustCompile(`(?m)^ +(\{"_offset".*)$`).FindAllStringSubmatch(text, -1)
	if header == nil || len(body) != 2 {
		t.Fatal("the page has no example request")
	}
	g := start(t, true, nil)
	code, answer := g.post(zstdOf(body[0][1]+"\n"+body[1][1]+"\n"), "Content-Encoding", "zstd", wire.HeaderName, header[1])
	if code != 200 || len(g.seen) != 2 || g.seen[1].Offset != 82031 || g.seen[1].Size != 109 {
		t.Fatalf("got %d %s %+v", code, answer, g.seen)
	}
}
