package discover

import (
	"bytes"
	"strings"
	"testing"
)

func suggest(path, text string, configured ...Format) Suggestion {
	return NewDetector(configured...).Suggest(path, NewSample(bytes.Split([]byte(text), []byte("\n"))...), configured...)[0]
}

func TestTheMostExactParserWins(t *testing.T) {
	f := func(path, text, want string) {
		t.Helper()
		if got := suggest(path, text); got.Text() != want {
			t.Errorf("%q: got %s (%d of %d), want %s", text, got.Text(), got.Parsed, got.Lines, want)
		}
	}
	docker := `{"log":"GET /\n","stream":"stdout","time":"2026-11-21T02:20:47.123456789Z"}` + "\n"
	const raw, json, csv = "raw = {}", "json = {}", `csv = { columns = ["id", "name", "price"], header = true, strict = true }`
	f("", "", raw)
	f("", "some words that mean nothing\n", raw)
	f("", "{}\n{}\n", raw)
	f("", `{"a":1}`, json)
	f("", docker, "docker = {}")
	f("", strings.Repeat(docker, 9)+`{"a":1}`, "docker = {}")
	f("", docker+`{"a":1}`+"\n"+`{"a":1}`+"\n"+`{"a":1}`, json)
	f("", combinedLine, `nginx = { format = "combined" }`)
	f("/var/log/apache2/access.log", combinedLine, `apache = { format = "combined" }`)
	f("", "shop.example.com:443 "+combinedLine, `apache = { format = "vhost_combined" }`)
	f("/var/log/nginx/access.log", "", `nginx = { format = "combined" }`)
	f("", "level=info msg=\"two words\" took=5ms\n", "logfmt = {}")
	f("", "the value a=b is wrong, and c=d is not right either, says the manual\n", raw)
	f("", "connected to db host=x\n", raw)
	f("", "id,name,price\n1,\"a, b\",2\n2,c,\n", csv)
	f("", "id,name,price\n1,2\n1,2,3,4\n", raw)
	f("", "Hello, dear, world\nno header, this one\n", raw)
	f("", "id\tname\tprice\n1\ta\t2\n", `csv = { columns = ["id", "name", "price"], header = true, strict = true, delimiter = "\u0009" }`)
	f("", "2026-11-21T02:20:47.123456789Z stdout F level=info msg=x a=b\n", "cri = {}")
	f("", "# Time: 2026-11-21T02:20:47.123456Z\n# User@Host: root[root] @ localhost []  Id:     5\n# Query_time: 2.000142  Lock_time: 0.000001 Rows_sent: 1  Rows_examined: 0\n"+
		"use shop;\nSET timestamp=1795227645;\nSELECT SLEEP(2),\n  'a;b';\n", "mysql_slow = {}")
	f("", "2026-11-21T02:20:47.123456Z 0 [Warning] [MY-010068] [Server] CA certificate ca.pem is self signed.\n", "mysql_error = {}")
	f("", "2026-11-21 02:20:47 status installed libc6:amd64 2.36\n", raw)
	f("", "2026-11-21T02:20:47.123Z INFO server: started on port 80\n", raw)
	f("", "2026-11-21T02:20:47Z [main] INFO com.acme.Foo - hello\n", raw)
	f("", "2026-11-21 02:20:47,123 WARN x y: z\n", raw)
	f("", "2026-11-21 02:20:47 [INFO] started\n", raw)
	f("", "Nov 21 02:20:47 web-1 sshd[1184]: Accepted publickey for ann\nNov 21 02:20:47 web-1 kernel: x\n", "syslog = {}")
	f("", "2026-11-21T02:20:47.123456+01:00 web-1 sshd[1184]: a=b c=d\n", "syslog = {}")
	f("", "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - hello\n", "syslog = {}")
	f("", "2026-11-21 02:20:47.123 UTC [42] ERROR:  syntax error at or near \"x\" at character 8\n2026-11-21 02:20:47.123 UTC [42] STATEMENT:  SELECT\n\t1,\n\t2\n\tx;\n", "postgres = {}")
	f("/var/log/postgresql/postgresql-15-main.log", "", "postgres = {}")
	f("/var/log/postgresql/postgresql.csv", "", "postgres_csv = {}")
	f("", "2026-11-21 02:20:46.123 UTC [1] LOG:  starting PostgreSQL\n2026-11-21 02:20:47.123 UTC [42] ann@shop ERROR:  syntax error at or near \"x\" at character 8\n", `postgres = { log_line_prefix = "%m [%p] %q%u@%d " }`)
	f("", `type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e syscall=2 success=no exit=-13 comm="cat" exe="/bin/cat"`, "audit = {}")
	f("", "#Version: 1.0\n#Fields: date time cs-method cs-uri\n2026-11-21 02:20:47 GET /\n", `w3c = { fields = "#Fields: date time cs-method cs-uri" }`)
	f("", "2026-11-21T02:20:47.1Z stdout F x\n2026-11-21T02:20:47.1Z stderr X cut off\n", "cri = {}")
	f("", "2026/11/21 02:20:47 [error] 7#7: *1 open() failed, client: 1.2.3.4, server: x, request: \"GET / HTTP/1.1\", host: \"h\"\n", "nginx_error = {}")
}

func TestWhatTheWriterSaysWinsWhileHalfOfTheLinesAreSo(t *testing.T) {
	own := Format{"nginx", `{ format = "$a $b" }`}
	if got := suggest("", "x y\n"+combinedLine, own); got.Text() != own.Kind+" = "+own.Settings || got.From != ofWriter {
		t.Errorf("got %+v", got)
	}
	if got := suggest("", "", own); got.Kind != "nginx" || got.Lines != 0 {
		t.Errorf("an empty log: got %+v", got)
	}
	if got := suggest("", "x\nx\n{\"a\":1}\n", own); got.Kind != "raw" {
		t.Errorf("a log of another format: got %+v", got)
	}
	for _, wrong := range []Format{{"nosuch", "{}"}, {"csv", "{ columns = 1 }"}} {
		if got := suggest("", combinedLine, wrong); got.Kind != "nginx" {
			t.Errorf("a format that cannot be built: got %+v", got)
		}
	}
}

func TestLinesAreJoinedToTheirRecords(t *testing.T) {
	f := func(kind, text string, want ...string) {
		t.Helper()
		got := join(bytes.Split([]byte(text), []byte("|")), hints[kind])
		if s := string(bytes.Join(got, []byte("~"))); s != strings.Join(want, "~") {
			t.Errorf("%s: got %q, want %q", text, s, want)
		}
	}
	f("postgres", "\trest|a|b|\tc|\td|e", "a", "b\n\tc\n\td", "e")
	f("postgres", "\ta|\tb", "\ta", "\tb")
	f("mysql_slow", "SELECT 1;|# Time: x|# User@Host: y|SELECT 2;|# User@Host: z|SELECT 3;",
		"# Time: x\n# User@Host: y\nSELECT 2;", "# User@Host: z\nSELECT 3;")
}

// What most lines of a sample fail is not suggested, and be it what the writer's configuration says.
func TestNothingIsSuggestedThatMostLinesFail(t *testing.T) {
	combined := Format{"nginx", `{ format = "combined" }`}
	line := []byte(strings.TrimSuffix(combinedLine, "\n"))
	f := func(good, bad int, want string) {
		t.Helper()
		var lines [][]byte
		for range good {
			lines = append(lines, line)
		}
		for range bad {
			lines = append(lines, []byte("something else altogether"))
		}
		got := NewDetector(combined).Suggest("/var/log/nginx/access.log", NewSample(lines...), combined)
		if got[0].Kind != want {
			t.Errorf("%d good lines and %d bad: got %+v", good, bad, got)
		}
		for _, s := range got[:len(got)-1] {
			if 2*s.Parsed < s.Lines {
				t.Errorf("%s reads %d of %d", s.Text(), s.Parsed, s.Lines)
			}
		}
	}
	f(3, 0, "nginx")
	f(2, 1, "nginx")
	f(1, 2, "raw")
	f(0, 3, "raw")
}
