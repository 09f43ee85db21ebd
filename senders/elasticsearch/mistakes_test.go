package elasticsearch_test

import (
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/kinds"
)

func load(settings string) error {
	_, err := conf.Parse("c.toml", []byte("[[source]]\nname = \"a\"\nreader.file.paths = [\"/x\"]\n[[sender]]\nname = \"s\"\nelasticsearch = { "+settings+" }\n"), kinds.All())
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
	const good = `endpoints = ["https://e:9200"], index = "x"`
	f(`index = "x"`, "endpoints: must name at least one URL", "9200")
	f(`endpoints = ["e:9200"], index = "x"`, "endpoints[0]", "http://")
	f(`endpoints = ["http://e/x", "http://e/x/_bulk"], index = "x"`, "http://e/x/_bulk is there twice", "remove")
	f(`endpoints = ["http://u:p@e:9200"], index = "x"`, "must not hold a user name", "basic")
	f(`endpoints = ["http://e:9200"]`, "index: is missing", "logs-{source}-{time:%Y.%m.%d}")
	f(`endpoints = ["http://e:9200"], index = "Logs"`, "index: no index can have 'L'", "take it out")
	f(`endpoints = ["http://e:9200"], index = "-x"`, "begins with", "letter")
	f(`endpoints = ["http://e:9200"], index = "{time:2006.01.02}x"`, "index: the format", "strftime")
	f(good+`, strategy = "random"`, "strategy", "round-robin")
	f(good+`, action = "update"`, "action", "create, index")
	f(good+`, action = "index", data_stream = true`, "action: cannot be index with data_stream", `action = "create"`)
	f(good+`, compression = "zstd"`, "compression", "gzip, none")
	f(good+`, origin = ["hosts"]`, `origin: "hosts" is not known`, "host, source, path, tags, stream, offset")
	f(good+`, origin = ["host", "host"]`, "named twice", "name some of")
	f(good+`, api_key = "a b"`, "api_key: has a character", "as it was given out")
	f(good+`, api_key = "ab", bearer = "x"`, "api_key: cannot be used together", "remove one")
	f(good+`, headers = { Authorization = "x" }`, "belongs in bearer or basic", "")
	f(`endpoints = ["http://e:9200"], index = "x", tls = { ca = "/x" }`, "tls: is set but no endpoint begins with https", "remove tls")
	f(good+`, pipeline = "x"`, "pipeline", "")
	if err := load(good + `, action = "index", strategy = "failover", compression = "none", origin = [], api_key = "bXk6a2V5"`); err != nil {
		t.Error(err)
	}
}
