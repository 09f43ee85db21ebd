package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// exampleOf returns the first configuration in the section of docs/destinations.md about a kind of sender.
func exampleOf(t *testing.T, kind string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/destinations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## "+kind+"\n")
	if !ok {
		t.Fatalf("docs/destinations.md has no section %q", kind)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var example strings.Builder
	for line := range strings.Lines(section) {
		inside, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented:
			example.WriteString(inside)
		case line == "\n" && example.Len() > 0:
			example.WriteString("\n")
		case example.Len() > 0:
			return example.String()
		}
	}
	t.Fatalf("the section %q of docs/destinations.md has no example", kind)
	return ""
}

// replaced puts what a test can use in the place of names in an example; each must be there.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the example has no %q:\n%s", pairs[i], text)
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func TestTheExampleForKafkaWorksWhenPasted(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "logs-nginx"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	dir := t.TempDir()
	config := filepath.Join(dir, "logskiff.toml")
	text := replaced(t, exampleOf(t, "kafka"), "/var/lib/logskiff", filepath.Join(dir, "data"), "/var/log/nginx", dir, "kafka-1:9092", cluster.ListenAddrs()[0],
		`"127.0.0.1:7710"`, `"off"`)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := runOnce(t, dir, "check", "-c", config); code != 0 {
		t.Fatalf("check: exit code %d\n%s", code, stderr)
	}
	if stdout, stderr, code := runOnce(t, dir, "test-sender", "-c", config); code != 0 || !strings.Contains(stdout, "nothing was written") {
		t.Fatalf("test-sender: exit code %d\n%s%s", code, stdout, stderr)
	}
	a := logskiff(t, "the agent", "run", "-c", config).start()
	c, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("logs-nginx"), kgo.FetchMaxWait(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	line := `203.0.113.9 - ann [28/Nov/2026:13:00:00 +0000] "GET /a HTTP/1.1" 200 17 "-" "curl/8"` + "\n"
	log, err := os.Create(filepath.Join(dir, "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var got []*kgo.Record
	eventually(t, failAfter, "lines are in the topic", func() bool { // those that the agent finds at its start are not read
		if _, err := log.WriteString(line); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got = append(got, c.PollFetches(ctx).Records()...)
		return len(got) >= 2
	})
	for _, r := range got {
		if string(r.Key) != "203.0.113.9" || !strings.Contains(string(r.Value), `"remote_user":"ann"`) || len(r.Headers) != 4 || r.Timestamp.UTC().Format(time.DateTime) != "2026-11-28 13:00:00" {
			t.Errorf("got %s: %s, %v, %v", r.Key, r.Value, r.Headers, r.Timestamp)
		}
	}
	a.mustStop()
}
