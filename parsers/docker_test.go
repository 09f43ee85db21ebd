package parsers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"logskiff/record"
)

func newDocker(t testing.TB) Parser {
	t.Helper()
	p, err := NewDocker(DockerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Clone()
}

func TestDocker(t *testing.T) {
	const at = `2026-11-21T02:20:47.123456789Z`
	const tail = `","stream":"stdout","time":"` + at + `"}`
	p := newDocker(t)
	f := func(line, want string) {
		t.Helper()
		checkTimed(t, p, line, want)
	}
	f(`{"log":"a message\n`+tail, at+` message="a message" stream="stdout"`)
	f(`{"log":"terminal\r\n`+tail, at+` message="terminal" stream="stdout"`)
	f(`{"log":"the beginning of`+tail, at+` message="the beginning of" stream="stdout" partial=true`)
	f(`{"log":"\n`+tail, at+` message="" stream="stdout"`)
	f(`{"log":"`+tail, at+` message="" stream="stdout" partial=true`)
	f(`{"log":"n`+tail, at+` message="n" stream="stdout" partial=true`)
	f(`{"log":"a\\n`+tail, at+` message="a\\n" stream="stdout" partial=true`)
	f(`{"log":"a\\\n`+tail, at+` message="a\\" stream="stdout"`)
	f(`{"log":"a\\r\n`+tail, at+` message="a\\r" stream="stdout"`)
	f(`{"log":"\r`+tail, at+` message="\r" stream="stdout" partial=true`)
	f(`{"log":"\t\"q\" \u001b[0m\n`+tail, at+` message="\t\"q\" \u001b[0m" stream="stdout"`)
	f(`{"log":"Grüße\n`+tail, at+` message="Grüße" stream="stdout"`)
	f(`{"log":"x\n","stream":"stderr","attrs":{"tag":"web/1","a":"\""},"time":"`+at+`"}`, at+` message="x" stream="stderr" attrs={"tag":"web/1","a":"\""}`)
	f(`{"log":"x\n","attrs":{ },"time":"`+at+`"}`, at+` message="x" attrs={ }`)
	f(` { "time": "2026-11-21T02:20:47+01:00" , "stream" : "stdout", "log": "x\n" } `, `failed: a member that docker does not write, or one twice`)
	f(` { "time": "2026-11-21T02:20:47+01:00" , "stream": "std\u006fut", "log": "x\n" } `, `2026-11-21T02:20:47+01:00 message="x" stream="std\u006fut"`)

	f(``, `failed: not a docker line`)
	f(`hello`, `failed: not a docker line`)
	f(`{}`, `failed: not a docker line`)
	f(`{`, `failed: not a docker line`)
	f(`[]`, `failed: not a docker line`)
	f(`{"log":"x\n"}`, `failed: not a docker line`)
	f(`{"time":"`+at+`"}`, `failed: not a docker line`)
	f(`{"log":"x\n`+tail+` {}`, `failed: not a docker line`)
	f(`{"log":"x\n`+strings.TrimSuffix(tail, "}"), `failed: not a docker line`)
	f(`{"log":"x\n`+strings.TrimSuffix(tail, `"}`), `failed: invalid JSON`)
	f(`{"log":"x\n","time":"`+at+`",}`, `failed: not a docker line`)
	f(`{"log":"x\n" "time":"`+at+`"}`, `failed: not a docker line`)
	f(`{"log":null,"time":"`+at+`"}`, `failed: not a docker line`)
	f(`{"log":"\q`+tail, `failed: invalid JSON`)
	f("{\"log\":\"a\tb"+tail, `failed: invalid JSON`)
	f("{\"log\":\"\xff"+tail, `failed: invalid UTF-8`)
	f(`{"log":"x\n","time":"yesterday"}`, `failed: no docker time`)
	f(`{"log":"x\n","level":"info","time":"`+at+`"}`, `failed: a member that docker does not write, or one twice`)
	f(`{"log":"x\n","log":"y\n","time":"`+at+`"}`, `failed: a member that docker does not write, or one twice`)
	f(`{"log":"x\n","attrs":{"a":"b","time":"`+at+`"}`, `failed: not a docker line`)
	for _, attrs := range []string{`null`, `{"a":1}`, `{"a"}`, `{"a":"b",}`, `{"a":"b" "c":"d"}`, `{`, `{"a":"`} {
		f(`{"log":"x\n","attrs":`+attrs+`,"time":"`+at+`"}`, `failed: invalid JSON`)
	}
}

func TestDockerJoinsPieces(t *testing.T) {
	const at = `2026-11-21T02:20:47.1Z`
	p := newDocker(t)
	f := func(want string, lines ...string) {
		t.Helper()
		checkTimed(t, p, strings.Join(lines, "\n"), want)
	}
	line := func(log, stream, at string) string {
		return `{"log":"` + log + `","stream":"` + stream + `","time":"` + at + `"}`
	}
	f(at+` message="one two\tthree" stream="stdout"`, line(`one `, "stdout", at), line(`two\t`, "stdout", "2026-11-21T02:20:48.1Z"), line(`three\n`, "stdout", at))
	f(at+` message="one two" stream="stdout" partial=true`, line(`one `, "stdout", at), line(`two`, "stdout", at))
	f(at+` message="one\n two" stream="stdout"`, line(`one\n`, "stdout", at), line(` two\n`, "stdout", at))
	f(at+` message="\ud83d\ude00" stream="stdout"`, line(`\ud83d`, "stdout", at), line(`\ude00\n`, "stdout", at))
	f(`failed: not a docker line`, line(`one `, "stdout", at), "")
	f(`failed: not a docker line`, line(`one `, "stdout", at), "x")
}

func TestDockerLongLines(t *testing.T) {
	const at = `2026-11-21T02:20:47.1Z`
	const tail = `","stream":"stdout","time":"` + at + `"}`
	p := newDocker(t)
	long := strings.Repeat("x", 1<<20)
	checkTimed(t, p, `{"log":"`+long+`\n`+tail, at+` message="`+long+`" stream="stdout"`)
	checkTimed(t, p, `{"log":"`+long+`\t\n`+tail, at+` message="`+long+`\t" stream="stdout"`)
	checkTimed(t, p, `{"log":"`+strings.Repeat(`\\`, 1<<19)+`\n`+tail, at+` message="`+strings.Repeat(`\\`, 1<<19)+`" stream="stdout"`)
	checkTimed(t, p, `{"log":"`+long, `failed: invalid JSON`)
	checkTimed(t, p, `{`+strings.Repeat(" ", 1<<20), `failed: not a docker line`)
	checkTimed(t, p, `{"log":"`+strings.Repeat("\x00", 1<<20)+tail, `failed: invalid JSON`)
	checkTimed(t, p, `{"log":"\n","attrs":{`+strings.Repeat(`"a":"b",`, 1<<17)+`},"time":"`+at+`"}`, `failed: invalid JSON`)
}

// dockerLines are like those of a web application, about 190 bytes each.
func dockerLines(n int) []string {
	lines := make([]string, n)
	for i, l := range criLines(n) {
		time, message, _ := strings.Cut(l, " stdout F ")
		lines[i] = fmt.Sprintf(`{"log":"%s\n","stream":"stdout","time":"%s"}`, strings.ReplaceAll(message, `"`, `\"`), time)
	}
	return lines
}

func TestDockerMessagesAreThoseOfTheStandardLibrary(t *testing.T) {
	p := newDocker(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("a\\\"\n\r\té😀<&\x00\u2028")
	for range 5000 {
		var log []rune
		for range rnd.IntN(8) {
			log = append(log, alphabet[rnd.IntN(len(alphabet))])
		}
		written, _ := json.Marshal(map[string]string{"log": string(log), "time": "2026-11-21T02:20:47.1Z"})
		b := newBatch(string(written))
		p.Parse(b)
		if b.Failed != 0 {
			t.Fatalf("%s: %s", written, parsed(b, 0))
		}
		message := b.Fields[0]
		got := string(b.Bytes(message.Span))
		if message.Type == record.JSON {
			if err := json.Unmarshal([]byte(got), &got); err != nil {
				t.Fatal(err)
			}
		}
		want, ended := strings.CutSuffix(string(log), "\n")
		if ended {
			want = strings.TrimSuffix(want, "\r")
		}
		if got != want || (b.Fields[3].Type == record.Absent) != ended {
			t.Fatalf("%s\n got %q\nwant %q", written, got, want)
		}
	}
}

func FuzzDocker(f *testing.F) {
	f.Add(dockerLines(1)[0])
	f.Add(`{"log":"a","stream":"stdout","attrs":{"a":"b"},"time":"2026-11-21T02:20:47.1+01:00"}` + "\n" + `{"log":"b\r\n","stream":"stdout","time":"2026-11-21T02:20:47.1Z"}`)
	f.Fuzz(func(t *testing.T, line string) {
		fuzzLines(t, newDocker(t), line)
		b := newBatch(line)
		newDocker(t).Parse(b)
		for _, piece := range bytes.Split([]byte(line), []byte("\n")) {
			if b.Failed == 0 && !json.Valid(piece) {
				t.Fatalf("%q was taken", line)
			}
		}
	})
}

func TestDockerAllocatesNothingPerLine(t *testing.T) {
	lines := append(dockerLines(100), "bad", `{"log":"x`, strings.Join(dockerLines(2), "\n"))
	if n := allocs(newDocker(t), lines); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkDocker(b *testing.B) {
	b.Run("message=text", func(b *testing.B) { benchmark(b, newDocker(b), dockerLines(2000)) })
	b.Run("message=json", func(b *testing.B) {
		lines := accessLines(2000, jsonPattern)
		for i, l := range lines {
			lines[i] = fmt.Sprintf(`{"log":%q,"stream":"stdout","time":"2026-11-21T02:20:47.%09dZ"}`, l+"\n", i)
		}
		benchmark(b, newDocker(b), lines)
	})
}
