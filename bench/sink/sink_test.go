package sink

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"logskiff/bench/gen"
)

// start runs a server for one test and returns it.
func start(t testing.TB, c Config, tcp bool) *Server {
	t.Helper()
	led, err := NewLedger(c)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Listen(led, 2, tcp)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, func(error) {}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

// body makes an ndjson body of lines [first, last) of a kind.
func body(t testing.TB, k Kind, first, last uint64) []byte {
	t.Helper()
	shape, offset, err := k.shape()
	if err != nil {
		t.Fatal(err)
	}
	file := gen.NewSet(gen.Combined)
	if k == JSON {
		file = gen.NewSet(gen.JSONLog)
	}
	set := gen.NewSet(shape)
	var b []byte
	for seq := first; seq < last; seq++ {
		if offset {
			b = fmt.Appendf(b, `%s%d,`, offsetKey, file.Offset(seq))
		}
		b = set.Append(b, seq)
	}
	return b
}

func post(t testing.TB, url string, body io.Reader, header ...string) string {
	t.Helper()
	req, err := http.NewRequest("POST", url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("status %d, %v", res.StatusCode, err)
	}
	return string(answer)
}

func TestEachLineOnceIsGoodInEveryKindAndEncoding(t *testing.T) {
	zw, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer zw.Close()
	for _, k := range []Kind{Message, Columns, JSON} {
		const lines = 10_000
		records := bytes.SplitAfter(body(t, k, 0, lines), []byte("\n"))
		s := start(t, Config{Kind: k, Lines: lines, Exact: true}, false)
		for i := range uint64(10) {
			b := bytes.Join(records[lines/10*i:lines/10*(i+1)], nil)
			url := "http://" + s.Addrs[i%2] + "/v1/batch"
			header := fmt.Sprintf(`{"segments":[{"start":1,"end":2,"records":%d},{"start":1,"end":2,"records":1}]}`, lines/10-1)
			switch i % 4 {
			case 0:
				post(t, url, bytes.NewReader(b), "Logskiff-Batch", header)
			case 1:
				post(t, url, io.MultiReader(bytes.NewReader(b))) // of unknown length, so chunked
			case 2:
				post(t, url, bytes.NewReader(zw.EncodeAll(b, nil)), "Content-Encoding", "zstd", "Logskiff-Batch", header)
			case 3:
				var z bytes.Buffer
				gw := gzip.NewWriter(&z)
				gw.Write(b)
				gw.Close()
				post(t, url, &z, "Content-Encoding", "gzip", "Expect", "100-continue")
			}
		}
		<-s.Ledger.Done()
		r := s.Ledger.Report("report")
		if !r.Good() || r.Repeated != 0 || r.Loose != 0 || r.Requests != 10 || r.Done < r.First || r.First == 0 {
			t.Errorf("%s: %+v", k, r)
		}
	}
}

func TestWhatIsWrongIsCounted(t *testing.T) {
	const lines = 1000
	good := string(body(t, Message, 0, lines))
	records := strings.SplitAfter(good, "\n")[:lines]
	type want struct{ unique, repeated, altered, loose, headers int }
	check := func(name, sent string, w want, header ...string) {
		t.Helper()
		s := start(t, Config{Kind: Message, Lines: lines, Exact: true}, false)
		post(t, "http://"+s.Addrs[0], strings.NewReader(sent), header...)
		r := s.Ledger.Report("report")
		got := want{int(r.Unique), int(r.Repeated), int(r.Altered), int(r.Loose), int(r.BadHeaders)}
		if got != w {
			t.Errorf("%s: got %+v, want %+v; examples %q", name, got, w, r.Examples)
		}
		if r.Good() != (w.unique == lines && w.altered == 0 && w.headers == 0) {
			t.Errorf("%s: Good is %v", name, r.Good())
		}
		if len(r.Missing) != min(10, lines-w.unique) {
			t.Errorf("%s: missing %v", name, r.Missing)
		}
	}
	without := func(i int) string { return strings.Join(records[:i], "") + strings.Join(records[i+1:], "") }
	check("all", good, want{unique: lines})
	check("first missing", without(0), want{unique: lines - 1})
	check("middle missing", without(500), want{unique: lines - 1})
	check("last missing", without(lines-1), want{unique: lines - 1})
	check("repeated", good+records[7]+records[8]+records[999], want{unique: lines, repeated: 3})
	check("backwards", records[3]+records[2]+records[1]+records[0], want{unique: 4})
	check("altered byte", strings.Replace(good, "HTTP", "HTTQ", 1), want{unique: lines - 1, altered: 1})
	check("altered status", strings.Replace(good, `" 200 `, `" 201 `, 1), want{unique: lines - 1, altered: 1})
	check("altered offset", strings.Replace(good, `"_offset":0,`, `"_offset":1,`, 1), want{unique: lines - 1, altered: 1})
	check("member added", strings.Replace(good, "\"}\n", "\",\"parse_error\":\"x\"}\n", 1), want{unique: lines - 1, altered: 1})
	check("escaped otherwise", strings.ReplaceAll(good, "/", `\/`), want{unique: lines, loose: lines})
	check("garbage", "what?\n"+good+"and?", want{unique: lines, altered: 2})
	check("too high a number", strings.Replace(good, "sq=0000000005", "sq=0000001005", 1), want{unique: lines - 1, altered: 1})
	check("good header", good, want{unique: lines}, "Logskiff-Batch", `{"segments":[{"end":9,"records":1000}]}`)
	check("bad header", good, want{unique: lines, headers: 1}, "Logskiff-Batch", `{"segments":[{"end":9,"records":999}]}`)
	check("no header worth it", good, want{unique: lines, headers: 1}, "Logskiff-Batch", `x`)
}

func TestABodyThatBreaksOffCountsNothing(t *testing.T) {
	s := start(t, Config{Kind: Message, Lines: 100, Exact: true}, false)
	b := body(t, Message, 0, 100)
	c, err := net.Dial("tcp", s.Addrs[0])
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(b)+1, b)
	c.Close()
	post(t, "http://"+s.Addrs[0], bytes.NewReader(b[:len(b)/2]))
	if r := s.Ledger.Report("report"); r.Unique == 0 || r.Unique > 60 || r.Repeated != 0 {
		t.Errorf("%+v", r)
	}
}

func TestLinesOverTCP(t *testing.T) {
	const lines = 5000
	s := start(t, Config{Kind: Lines, Lines: lines}, true)
	b := body(t, Lines, 0, lines)
	for i, part := range [][]byte{b[:700_001], b[700_001:]} { // the cut line is altered on both sides
		c, err := net.Dial("tcp", s.Addrs[i])
		if err != nil {
			t.Fatal(err)
		}
		c.Write(part)
		c.Close()
	}
	c, err := net.Dial("tcp", s.Addrs[0])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write(b)
	<-s.Ledger.Done()
	waitFor(t, func() bool {
		r := s.Ledger.Report("report")
		return r.Unique == lines && r.Repeated == lines-1 && r.Altered == 2
	})
}

// waitFor waits for what connections do after they end.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if ok() {
			return
		}
		<-tick.C
	}
	t.Fatal("it did not come about within a minute")
}

func TestLinesInsideAnything(t *testing.T) {
	const lines = 3000
	s := start(t, Config{Kind: Embedded, Lines: lines}, false)
	c := gen.NewSet(gen.Embedded).NewCursor()
	var bulk []byte
	for ; c.Seq() < lines; c.Next() {
		bulk = append(bulk, `{"create":{}}`+"\n"+`{"other":"x","message":"`...)
		bulk = append(c.Append(bulk), "\",\"more\":1}\n"...)
	}
	answer := post(t, "http://"+s.Addrs[0]+"/_bulk", bytes.NewReader(bulk))
	if n := strings.Count(answer, `"status":201`); n != lines {
		t.Errorf("%d items in the answer", n)
	}
	bulk[len(bulk)/2] ^= 1
	post(t, "http://"+s.Addrs[1]+"/any", io.MultiReader(bytes.NewReader(bulk)))
	if r := s.Ledger.Report("report"); r.Unique != lines || r.Repeated+r.Altered != lines {
		t.Errorf("%+v", r)
	}
}

func TestStampsSayHowLongALineTook(t *testing.T) {
	s := start(t, Config{Kind: Latency, Lines: 3}, false)
	before := Mono()
	for seq := range uint64(3) {
		b := append([]byte(`{"_offset":1,"message":"`), bytes.TrimSpace(AppendStamp(nil, seq, before-1000))...)
		post(t, "http://"+s.Addrs[0], bytes.NewReader(append(b, "\"}\n"...)))
	}
	r := s.Ledger.Report("report")
	if !r.Good() || len(r.Waited) != 3 {
		t.Fatalf("%+v", r)
	}
	for _, w := range r.Waited {
		if w < 1000 || w > Mono()-before+1000 {
			t.Errorf("waited %d ns", w)
		}
	}
}

func TestStampedLinesAreCheckedInJSONAndBare(t *testing.T) {
	line := func(seq uint64) string {
		c := gen.NewSet(gen.Bare).NewCursor()
		c.Seek(seq)
		return string(AppendStamped(nil, c, Mono()))
	}
	inJSON := func(seq uint64) string {
		text := strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(line(seq)), `\`, `\\`), `"`, `\"`)
		return `{"_offset":1,"message":"` + text + "\"}\n"
	}
	f := func(name, body string, good bool) {
		t.Helper()
		s := start(t, Config{Kind: Stamped, Lines: 2}, false)
		post(t, "http://"+s.Addrs[0], strings.NewReader(body))
		if r := s.Ledger.Report("report"); r.Good() != good || good && len(r.Waited) != 2 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	f("JSON", inJSON(0)+inJSON(1), true)
	f("bare, in another order", "\x00\x17"+line(1)+"x"+line(0), true)
	f("one is missing", inJSON(0), false)
	f("a byte is another", line(0)+strings.Replace(line(1), "HTTP", "HTTQ", 1), false)
	f("no stamp", line(0)+strings.Replace(line(1), stampKey, " u=", 1), false)
	f("a stamp that breaks off", line(0)+line(1)[:len(line(1))-3], false)
}
