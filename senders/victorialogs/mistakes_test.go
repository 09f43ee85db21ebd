package victorialogs_test

import (
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/kinds"
)

func load(settings string) error {
	_, err := conf.Parse("c.toml", []byte("[[source]]\nname = \"a\"\nreader.file.paths = [\"/x\"]\n[[sender]]\nname = \"s\"\nvictorialogs = { "+settings+" }\n"), kinds.All())
	return err
}

func TestMistakesHaveAPlaceAndAdvice(t *testing.T) {
	f := func(settings, key, advice string) {
		t.Helper()
		err := load(settings)
		if err == nil || !strings.Contains(err.Error(), "c.toml:6:") || !strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), advice) {
			t.Errorf("%s: %v", settings, err)
		}
	}
	const good = `endpoints = ["http://v:9428"]`
	f(`stream = []`, "endpoints: must name at least one URL", "9428")
	f(`endpoints = ["v:9428"]`, "endpoints[0]", "http://")
	f(good+`, strategy = "random"`, "strategy", "round-robin")
	f(good+`, compression = "snappy"`, "compression", "zstd, gzip, none")
	f(good+`, stream = ["a,b"]`, `stream: "a,b" cannot be sent`, "rename it")
	f(good+`, stream = ["a", "a"]`, "named twice", "remove")
	f(good+`, stream = ["logskiff.host"], origin = ["source"]`, `stream: "logskiff.host" is in no record`, `add "host" to origin`)
	f(good+`, stream = ["logskiff.tags.env"], origin = []`, "is in no record", `add "tags" to origin`)
	f(good+`, message = []`, "message: must name at least one field", `message = ["message"]`)
	f(good+`, message = [""]`, "message", "rename it")
	f(good+`, origin = ["hosts"]`, `origin: "hosts" is not known`, "host, source, path, tags, stream, offset")
	f(good+`, max_record = "10B"`, "max_record", "256KiB is the default")
	f(good+`, max_fields = 3000`, "max_fields", "1000 is the default")
	f(good+`, headers = { VL-Msg-Field = "x" }`, "is set by the sender itself", "")
	f(good+`, tenant = "1"`, "tenant", "")
	if err := load(good + `, stream = ["service", "logskiff.tags.env"], message = ["request_uri"], compression = "gzip", headers = { AccountID = "7" }`); err != nil {
		t.Error(err)
	}
}
