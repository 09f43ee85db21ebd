package agent_test

import (
	"fmt"
	"strings"
	"testing"

	"logskiff/agent"
	"logskiff/conf"
	"logskiff/kinds"
)

// Of lines that are not what stands in the file a forwarder cannot count the offsets: UTF-16 was held for ever, of GBK
// some lines arrived, and a group of lines was quarantined.
func TestLinesThatAreNotAsTheyWereReadAreRefused(t *testing.T) {
	for setting, key := range map[string]string{
		``:                                       "",
		`, encoding = "utf-8"`:                   "",
		`, encoding = "utf-16le"`:                "reader.file.encoding",
		`, encoding = "gbk"`:                     "reader.file.encoding",
		`, encoding = "latin1"`:                  "reader.file.encoding",
		`, multiline = { preset = "cri" }`:       "reader.file.multiline",
		`, multiline = { start = "^[0-9]" }`:     "reader.file.multiline",
		`, multiline = { continue = "^[ \\t]" }`: "reader.file.multiline",
	} {
		for _, format := range []string{"auto", "ndjson", "lines"} {
			text := fmt.Sprintf("[[source]]\nname = \"a\"\nreader.file = { paths = [\"/a\"]%s }\n\n[[sender]]\nname = \"s\"\nhttp = { endpoints = [\"http://a\"], format = %q }\n", setting, format)
			cfg, err := conf.Parse("x.toml", []byte(text), kinds.All())
			if err != nil {
				t.Fatal(err)
			}
			err = agent.Check(cfg)
			switch refused := format == "lines" && key != ""; {
			case refused != (err != nil):
				t.Errorf("%s to %s: %v", setting, format, err)
			case refused && !strings.HasPrefix(err.Error(), "source a: "+key+": does not go with sender \"s\", which sends lines as they were read: a forwarder counts"):
				t.Errorf("%s: said %v", setting, err)
			}
		}
	}
}
