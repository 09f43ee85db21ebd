package kafka_test

import (
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/kinds"
)

func load(t *testing.T, settings string) error {
	t.Helper()
	_, err := conf.Parse("c.toml", []byte("[[source]]\nname = \"a\"\nreader.file.paths = [\"/x\"]\n[[sender]]\nname = \"k\"\nkafka = { "+settings+" }\n"), kinds.All())
	return err
}

func TestMistakesHaveAPlaceAndAdvice(t *testing.T) {
	f := func(settings, key, advice string) {
		t.Helper()
		err := load(t, settings)
		if err == nil || !strings.Contains(err.Error(), "c.toml:6:") || !strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), advice) {
			t.Errorf("%s: %v", settings, err)
		}
	}
	const good = `brokers = ["k:9092"], topic = "x"`
	f(`topic = "x"`, "brokers: must name at least one broker", "9092")
	f(`brokers = [], topic = "x"`, "brokers: must name at least one", "9092")
	f(`brokers = ["kafka://k:9092"], topic = "x"`, "is a URL", "host:port")
	f(`brokers = ["k"], topic = "x"`, "has no port", "host:port")
	f(`brokers = ["k:0"], topic = "x"`, `has the port "0"`, "host:port")
	f(`brokers = ["a b:9092"], topic = "x"`, "names no host", "host:port")
	f(`brokers = ["k:1", "k:1"], topic = "x"`, "named twice", "remove")
	f(`brokers = ["k:9092"]`, "topic: is missing", "logs-{source}")
	f(`brokers = ["k:9092"], topic = "logs/x"`, "topic: no topic can have '/'", "take it out")
	f(`brokers = ["k:9092"], topic = "{time:2006.01.02}x"`, "topic: the format", "strftime")
	f(good+`, key = "{a"`, "key: a { without its }", "{{")
	f(good+`, value = "json"`, "value", "ndjson, raw")
	f(good+`, value = "{}"`, "value: {} names nothing", "{name}")
	f(good+`, compression = "brotli"`, "compression", "zstd, lz4, snappy, gzip, none")
	f(good+`, headers = ["offset", "inode"]`, `headers: "inode" is not known`, "stream, offset, host, source, path")
	f(good+`, headers = ["offset", "offset"]`, "named twice", "remove")
	f(good+`, repeat = ["x"]`, "repeat", "name some of")
	f(good+`, repeat = ["host"], value = "raw"`, "repeat: has no effect", "change value")
	f(good+`, max_message = "100B"`, "max_message", "1MB is the default")
	f(good+`, timeout = "1ms"`, "timeout", "30s")
	f(good+`, connect_timeout = "1ms"`, "connect_timeout", "5s")
	f(good+`, sasl = { mechanism = "GSSAPI", username = "u", password = "p" }`, "sasl.mechanism", "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512")
	f(good+`, sasl = { mechanism = "PLAIN" }`, "sasl.username: is missing", "username")
	f(good+`, sasl = { mechanism = "PLAIN", username = "u" }`, "sasl.password: is missing", "password")
	f(good+`, tls = { cert = "/x" }`, "tls.key: is missing", "key =")
	f(good+`, acks = 1`, "acks", "")
	if err := load(t, good+`, key = "{k}", value = "{message:-x}", tls = { enabled = true }, sasl = { mechanism = "SCRAM-SHA-512", username = "u", password = "p" }`); err != nil {
		t.Error(err)
	}
}
