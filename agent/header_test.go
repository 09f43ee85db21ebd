package agent

import (
	"fmt"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/record/wire"
)

// tagged is a configuration with one tag of n times text.
func tagged(t *testing.T, text string, n int, sender string) *conf.Config {
	t.Helper()
	cfg, err := conf.Parse("a.toml", fmt.Appendf(nil, `
[agent]
host = "web-1"
[[source]]
name = "a"
reader.file = { paths = ["/var/log/app/*.log"] }
tags = { env = "%s" }
[[sender]]
name = "b"
%s
`, strings.Repeat(text, n), sender), kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestCheckRefusesTagsThatNoHeaderHolds(t *testing.T) {
	const post = `http = { endpoints = ["http://127.0.0.1:1"] }`
	f := func(text string, n int, sender string, good bool) {
		t.Helper()
		if err := Check(tagged(t, text, n, sender)); (err == nil) != good {
			t.Errorf("%d times %q: %v", n, text, err)
		}
	}
	f("x", 6800, post, true)
	f("x", 7200, post, false)
	f("é", 1100, post, true)
	f("é", 1200, post, false) // six bytes each
	f("x", 7200, `file = { path = "/nowhere" }`, true)
	err := Check(tagged(t, "x", 7200, post))
	if err == nil || !strings.HasPrefix(err.Error(), `source a: tags: take 7218 bytes`) {
		t.Errorf("got %v", err)
	}
}

// Proxies take 8 KiB for a line of the header.
func TestWhatCheckLetsPassFitsALineOfTheHeader(t *testing.T) {
	cfg := tagged(t, "é", 1100, `http = { endpoints = ["http://127.0.0.1:1"] }`)
	o, err := kinds.OriginOf(cfg, cfg.Sources[0])
	if err != nil {
		t.Fatal(err)
	}
	built, err := builtSenders(cfg, kinds.SenderEnv{})
	if err != nil {
		t.Fatal(err)
	}
	defer built.close()
	size, _ := built["b"].Header(o, "/var/log/app/some-name.log")
	if n := size + len(wire.HeaderName) + 4; n > 8<<10 {
		t.Errorf("the line has %d bytes", n)
	}
}
