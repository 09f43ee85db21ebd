package command

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func TestTestParseSaysByItsExitCodeWhetherAllWasParsed(t *testing.T) {
	dir := t.TempDir()
	line := `1.2.3.4 - - [21/Nov/2026:02:20:47 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"` + "\n"
	good := put(t, filepath.Join(dir, "good.log"), line)
	bad := put(t, filepath.Join(dir, "bad.log"), line+"nonsense\n")
	own := put(t, filepath.Join(dir, "own.log"), "caf\xe9 1\n")
	staged := put(t, filepath.Join(dir, "staged.log"), `{"ts":1795227647,"a":1}`+"\n")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(line))
	z.Close()
	gz := put(t, filepath.Join(dir, "rotated.log.2.gz"), packed.String())
	cut := put(t, filepath.Join(dir, "cut.gz"), packed.String()[:packed.Len()-9])
	packed.Reset()
	zs, err := zstd.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	zs.Write([]byte(line))
	zs.Close()
	zst := put(t, filepath.Join(dir, "rotated.zst"), packed.String())
	config := put(t, filepath.Join(dir, "c.toml"), `
[[source]]
name = "own"
reader.file = { paths = ["/x"], encoding = "latin1" }
parser.nginx = { format = "$word $number" }
[[source]]
name = "staged"
reader.file = { paths = ["/x"] }
parser.json = {}
time = { field = "ts", format = "epoch" }
[[source]]
name = "asked"
reader.file = { paths = ["/x"] }
parser.json = {}
tags = { env = "prod" }
fields = [{ keep_if = 'tags["env"] == "prod" && source == "asked" && host != ""' }, { add = { e = "$tag.env" } }, { drop_if = "b > 3" }]
[[source]]
name = "named"
reader.file = { paths = ["/x"] }
parser.nginx = { format = "combined" }
fields = [{ template = "{source}: {request_uri} {status}", to = "text" }]
[[source]]
name = "misnamed"
reader.file = { paths = ["/x"] }
parser.nginx = { format = "combined" }
fields = [{ template = "{statsu}", to = "text" }]
[[sender]]
name = "s"
http = { endpoints = ["http://127.0.0.1:1"] }
`)
	f := func(want int, says string, args ...string) {
		t.Helper()
		code, stdout, stderr := printed(t, append([]string{"test-parse"}, args...)...)
		if code != want || !strings.Contains(stdout+stderr, says) {
			t.Errorf("test-parse %s: exit code %d, want %d; it must say %q:\n%s%s", args, code, want, says, stdout, stderr)
		}
	}
	f(exitOK, `1 of 1 lines parsed (100 %) by nginx = { format = "combined" }`, good)
	f(exitOK, "1 of 1 lines parsed", gz)
	f(exitOK, "1 of 1 lines parsed", zst)
	f(exitFailed, "1 of 2 lines parsed (50 %)", bad)
	f(exitOK, "1 of 1 lines parsed", bad, "--lines", "1")
	f(exitOK, "2 of 2 lines parsed (100 %) by raw", bad, "--parser", "raw")
	f(exitFailed, "0 of 2 lines parsed", bad, "--parser", `nginx={format="$a;$b"}`)
	f(exitOK, "café", own, "-c", config, "--source", "own")
	late := put(t, filepath.Join(dir, "late.log"), `{"ts":"soon","a":1}`+"\n")
	f(exitOK, "(when it was read)", late, "-c", config, "--source", "staged")
	f(exitOK, "1 have no time that can be read", late, "-c", config, "--source", "staged")
	f(exitOK, `"untimed":1`, "--json", late, "-c", config, "--source", "staged")
	f(exitOK, "e   prod", late, "-c", config, "--source", "asked")
	f(exitOK, "1 times an expression could not be evaluated", late, "-c", config, "--source", "asked")
	f(exitOK, "2026-11-21T02:20:47", staged, "-c", config, "--source", "staged")
	f(exitOK, "text             named: / 200", good, "-c", config, "--source", "named")
	f(exitBadConfig, `fields[0].template: there is no field "statsu" here: parser.nginx makes none, nor does a step before this one; did you mean "status"?`,
		good, "-c", config, "--source", "misnamed")
	f(exitFailed, `"parsed":1`, "--json", bad)
	f(exitFailed, "unexpected EOF", cut)
	f(exitFailed, "no such file", filepath.Join(dir, "none"))
	f(exitFailed, "", dir)
	f(exitUsage, "one file")
	f(exitUsage, "one file", good, bad)
	f(exitUsage, `did you mean "nginx"?`, good, "--parser", "ngnix")
	f(exitUsage, "belong together", good, "-c", config)
	f(exitUsage, `no source "x"; there are: own, staged`, good, "-c", config, "--source", "x")
	f(exitUsage, "--parser beside --source", good, "-c", config, "--source", "own", "--parser", "raw")
	f(exitUsage, "negative", good, "--lines", "-1")
	f(exitBadConfig, "no such file", good, "-c", filepath.Join(dir, "none.toml"), "--source", "own")
	f(exitOK, "Exit code 0: all lines", "--help")
}
