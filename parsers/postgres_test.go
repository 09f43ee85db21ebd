package parsers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/parsers/parsertest"
)

func newPostgres(t testing.TB, prefix string) Parser {
	t.Helper()
	p, err := NewPostgres(PostgresConfig{Prefix: prefix, Zone: "Europe/Berlin"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newPostgresCSV(t testing.TB) Parser {
	t.Helper()
	p, err := NewPostgresCSV(PostgresCSVConfig{Zone: "Europe/Berlin"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const debianPrefix = "%m [%p] %q%u@%d "

func TestPostgres(t *testing.T) {
	f := func(prefix, text, want string) {
		t.Helper()
		checkWithTime(t, newPostgres(t, prefix), text, want)
	}
	const own = "%m [%p] "
	f(own, `2026-11-21 02:20:47.123 UTC [17] LOG:  database system is ready to accept connections`,
		`2026-11-21T02:20:47.123Z pid=17 error_severity="LOG" message="database system is ready to accept connections"`)
	f(own, `2026-11-21 02:20:47.123 CET [17] FEHLER:  Relation »a« existiert nicht bei Zeichen 15`,
		`2026-11-21T02:20:47.123+01:00 pid=17 error_severity="FEHLER" message="Relation »a« existiert nicht bei Zeichen 15"`)
	f(own, `2026-10-25 02:30:00.5 CEST [17] LOG:  x`, `2026-10-25T02:30:00.5+02:00 pid=17 error_severity="LOG" message="x"`)
	f(own, `2026-10-25 02:30:00.5 CET [17] LOG:  x`, `2026-10-25T02:30:00.5+01:00 pid=17 error_severity="LOG" message="x"`)
	f(own, `2026-11-21 02:20:47.123 +0530 [17] LOG:  x`, `2026-11-21T02:20:47.123+05:30 pid=17 error_severity="LOG" message="x"`)
	f(own, `2026-11-21 02:20:47.123 <-03> [17] LOG:  x`, `2026-11-21T02:20:47.123-03:00 pid=17 error_severity="LOG" message="x"`)
	f(own, `2026-11-21 02:20:47.123 UTC [17] LOG:  duration: 1530.25 ms  statement: SELECT 1`,
		`2026-11-21T02:20:47.123Z pid=17 error_severity="LOG" message="duration: 1530.25 ms  statement: SELECT 1" duration_ms=1530.25`)
	f(own, "2026-11-21 02:20:47.123 UTC [17] ERROR:  duplicate key value violates unique constraint \"a\"\n"+
		"2026-11-21 02:20:47.123 UTC [17] DETAIL:  Key (id)=(1) already exists.\n"+
		"2026-11-21 02:20:47.123 UTC [17] STATEMENT:  INSERT INTO a\n\t\tVALUES (1);\n\t-- 2026-11-21 02:20:47.123 UTC [17] HINT:  x",
		`2026-11-21T02:20:47.123Z pid=17 error_severity="ERROR" message="duplicate key value violates unique constraint \"a\"" detail="Key (id)=(1) already exists." statement="INSERT INTO a\n\tVALUES (1);\n-- 2026-11-21 02:20:47.123 UTC [17] HINT:  x"`)
	f(own, "2026-11-21 02:20:47.123 UTC [17] ERROR:  42P01: relation \"a\" does not exist at character 15\n2026-11-21 02:20:47.123 UTC [17] LOCATION:  parserOpenTable, parse_relation.c:1392",
		`2026-11-21T02:20:47.123Z pid=17 error_severity="ERROR" message="relation \"a\" does not exist at character 15" location="parserOpenTable, parse_relation.c:1392" state_code="42P01"`)
	f(own, "2026-11-21 02:20:47.123 UTC [17] ERROR:  42P01: \n2026-11-21 02:20:47.123 UTC [17] LOCATION:  p", `2026-11-21T02:20:47.123Z pid=17 error_severity="ERROR" message="42P01:" location="p"`)
	f(own, "2026-11-21 02:20:47.123 UTC [17] HINT:  try\n\tthis", `2026-11-21T02:20:47.123Z pid=17 hint="try\nthis"`)
	f(own, "2026-11-21 02:20:47.123 UTC [17] LOG:  a\nb\n2026-11-21 02:20:47.123 UTC [17] LOG:  c", `2026-11-21T02:20:47.123Z pid=17 error_severity="LOG" message="a\nb\n2026-11-21 02:20:47.123 UTC [17] LOG:  c"`)
	f(own, "2026-11-21 02:20:47.123 UTC [17] LOG:  a\n2026-11-21 02:20:47.123 UTC [17] HINT:  b\n2026-11-21 02:20:47.123 UTC [17] DETAIL:  c\n2026-11-21 02:20:47.123 UTC [17] HINT:  d",
		`2026-11-21T02:20:47.123Z pid=17 error_severity="LOG" message="a" detail="c\n2026-11-21 02:20:47.123 UTC [17] HINT:  d" hint="b"`)
	f(debianPrefix, `2026-11-21 02:20:47.123 UTC [17] shop app@shop-db FATAL:  password authentication failed for user "app"`,
		`2026-11-21T02:20:47.123Z pid=17 user="shop app" dbname="shop-db" error_severity="FATAL" message="password authentication failed for user \"app\""`)
	f(debianPrefix, `2026-11-21 02:20:47.123 UTC [17] LOG:  listening on a@b LOG:  x`, `2026-11-21T02:20:47.123Z pid=17 error_severity="LOG" message="listening on a@b LOG:  x"`)
	f(`%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h `, `2026-11-21 02:20:47 CET [17]: [3-1] user=app,db=shop,app=pgAdmin 4 - CONN:17,client=192.0.2.7 LOG:  x`,
		`2026-11-21T02:20:47+01:00 pid=17 line_num=3 user="app" dbname="shop" application_name="pgAdmin 4 - CONN:17" remote_host="192.0.2.7" error_severity="LOG" message="x"`)
	f(`%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h `, `2026-11-21 02:20:47 CET [17]: [3-1] user=,db=,app=,client= LOG:  x`,
		`2026-11-21T02:20:47+01:00 pid=17 line_num=3 error_severity="LOG" message="x"`)
	f(`%n %r %e %c %v %x %Q %b/%i %P|`, `1795224047.123 192.0.2.7(51234) 00000 6742a1b3.11 3/17 0 -5 client backend/SELECT |LOG:  x`,
		`2026-11-21T01:20:47.123Z remote_host="192.0.2.7" state_code="00000" session_id="6742a1b3.11" vxid="3/17" txid=0 query_id=-5 backend_type="client backend" ps="SELECT" remote_port=51234 error_severity="LOG" message="x"`)
	f(`%r|`, `[local]|LOG:  x`, `none remote_host="[local]" error_severity="LOG" message="x"`)
	f(`%-8p|%8u|%%|%s `, `17      |     app|%|2026-11-21 02:20:47 UTC WARNING:  x`, `none pid=17 user="app" session_start="2026-11-21 02:20:47 UTC" error_severity="WARNING" message="x"`)
	f(``, `LOG:  x`, `none error_severity="LOG" message="x"`)
	f(own, ``, `failed: no match for log_line_prefix and a severity`)
	f(own, `2026-11-21 02:20:47.123 UTC [17] LOG: x`, `failed: no match for log_line_prefix and a severity`)
	f(own, `2026-13-21 02:20:47.123 UTC [17] LOG:  x`, `failed: no match for the time in log_line_prefix`)
	f(own, "\tcontinued", `failed: no match for log_line_prefix and a severity`)
}

func TestPostgresRefusesBadSettings(t *testing.T) {
	f := func(c PostgresConfig, key, msg string) {
		t.Helper()
		var bad *conf.FieldError
		if err := c.Validate(); !errors.As(err, &bad) || bad.Key != key || !strings.Contains(bad.Error(), msg) {
			t.Errorf("%+v: got %v", c, err)
		}
	}
	f(PostgresConfig{Prefix: "%m %y"}, "log_line_prefix", "no escape %y (byte 4)")
	f(PostgresConfig{Prefix: "%m %-5"}, "log_line_prefix", "has no letter")
	f(PostgresConfig{Prefix: "%m%p "}, "log_line_prefix", "nothing stands between %m and %p")
	f(PostgresConfig{Prefix: "%m ", Zone: "Mars"}, "zone", "Mars")
	if err := DefaultPostgres().Validate(); err != nil {
		t.Error(err)
	}
}

const csvLog = `2026-11-21 02:20:47.123 CET,"app","shop",4711,"192.0.2.7:51234",6742a1b3.1267,3,"INSERT",2026-11-21 02:20:40 CET,3/17,0,ERROR,23505,"duplicate key value violates unique constraint ""orders_pkey""","Key (id)=(1) already exists.",,,,,"INSERT INTO orders
	VALUES (1);",,,"psql"`

func TestPostgresCSV(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		checkWithTime(t, newPostgresCSV(t), text, want)
	}
	const want = `2026-11-21T02:20:47.123+01:00 remote_port=51234 user="app" dbname="shop" pid=4711 remote_host="192.0.2.7" session_id="6742a1b3.1267" line_num=3 ps="INSERT" session_start="2026-11-21 02:20:40 CET" vxid="3/17" txid=0 error_severity="ERROR" state_code="23505" message="duplicate key value violates unique constraint \"orders_pkey\"" detail="Key (id)=(1) already exists." statement="INSERT INTO orders\n\tVALUES (1);" application_name="psql"`
	f(csvLog, want)
	f(csvLog+`,"client backend"`, want+` backend_type="client backend"`)
	f(csvLog+`,"client backend",,-17`, want+` backend_type="client backend" query_id=-17`)
	f(`2026-11-21 02:20:47.123 UTC,,,1,,6742a1b3.1,1,,2026-11-21 02:20:47 UTC,,0,LOG,00000,"starting PostgreSQL 17.2 on x86_64-pc-linux-gnu",,,,,,,,,"","postmaster",,0`,
		`2026-11-21T02:20:47.123Z pid=1 session_id="6742a1b3.1" line_num=1 session_start="2026-11-21 02:20:47 UTC" txid=0 error_severity="LOG" state_code="00000" message="starting PostgreSQL 17.2 on x86_64-pc-linux-gnu" application_name="" backend_type="postmaster" query_id=0`)
	f(strings.Replace(csvLog, "192.0.2.7:51234", "[local]", 1), strings.NewReplacer("remote_port=51234 ", "", "192.0.2.7", "[local]").Replace(want))
	f(csvLog[:len(csvLog)-1], `failed: a quote is not closed`)
	f(`a,b`, `failed: no line of PostgreSQL's csvlog: it has not 23 to 26 values`)
	f(csvLog+`,"a",,,`, `failed: no line of PostgreSQL's csvlog: it has not 23 to 26 values`)
	f(strings.Repeat("a,", 23), `failed: no line of PostgreSQL's csvlog: it does not begin with a time`)
	f(``, `failed: no line of PostgreSQL's csvlog: it has not 23 to 26 values`)
}

func postgresLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("2026-11-21 02:%02d:%02d.%03d CET [%d] app@shop LOG:  duration: %.3f ms  execute <unnamed>: SELECT o.id, o.total FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = $1 ORDER BY o.created_at DESC LIMIT 20",
			i/3000%60, i/50%60, rnd.IntN(1000), rnd.IntN(1e5), 1000*rnd.Float64())
	}
	return lines
}

func postgresCSVLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`2026-11-21 02:%02d:%02d.%03d CET,"app","shop",%d,"192.0.2.7:%d",6742a1b3.1267,%d,"SELECT",2026-11-21 02:00:40 CET,3/17,0,LOG,00000,"duration: %.3f ms  execute <unnamed>: SELECT o.id, o.total FROM orders o WHERE o.note = ""x"" ORDER BY o.created_at DESC",,,,,,,,,"shop-web","client backend",,%d`,
			i/3000%60, i/50%60, rnd.IntN(1000), rnd.IntN(1e5), rnd.IntN(65536), i, 1000*rnd.Float64(), rnd.Int64())
	}
	return lines
}

func TestPostgresAllocatesNothingPerLine(t *testing.T) {
	folded := "2026-11-21 02:20:47.123 CET [17] app@shop ERROR:  a\n\tb\n2026-11-21 02:20:47.123 CET [17] app@shop DETAIL:  c"
	if n := allocs(newPostgres(t, debianPrefix), append(postgresLines(100), "bad", folded)); n > 0 {
		t.Errorf("%v allocations for stderr", n)
	}
	if n := allocs(newPostgresCSV(t), append(postgresCSVLines(100), "bad", csvLog)); n > 0 {
		t.Errorf("%v allocations for csvlog", n)
	}
}

func TestPostgresOnHostileLines(t *testing.T) {
	checkHostile(t, newPostgres(t, debianPrefix))
	checkHostile(t, newPostgres(t, "%a %u %d "))
	checkHostile(t, newPostgresCSV(t))
	const line = "2026-11-21 02:20:47.123 CET [17] DETAIL:  x\n"
	b := newBatch(strings.Repeat(line, 1<<20/len(line)))
	parsertest.Linear(t, line, func() { newPostgres(t, "%m [%p] ").Parse(b) })
	if b.Failed != 0 {
		t.Errorf("%d failed", b.Failed)
	}
}

func FuzzPostgres(f *testing.F) {
	f.Add(debianPrefix, "2026-11-21 02:20:47.123 CET [17] app@shop ERROR:  42P01: a\n\tb\n2026-11-21 02:20:47.123 CET [17] app@shop LOCATION:  c")
	f.Add("%t %r %a %-5s%%", csvLog)
	f.Add("%m ", "2026-11-21 02:20:47.123 <+03> LOG:  duration: 1 ms\xff")
	f.Fuzz(func(t *testing.T, prefix, text string) {
		parsers := []Parser{newPostgresCSV(t)}
		if p, err := NewPostgres(PostgresConfig{Prefix: prefix, Zone: "Europe/Berlin"}); err == nil && len(prefix) < 50 {
			parsers = append(parsers, p)
		}
		for _, p := range parsers {
			b := newBatch(text, "LOG:  x", text)
			before := string(b.Buf)
			p.Parse(b)
			checkSpans(t, b, before)
		}
	})
}

func BenchmarkPostgres(b *testing.B) {
	benchmark(b, newPostgres(b, debianPrefix), postgresLines(2000))
}
func BenchmarkPostgresCSV(b *testing.B) { benchmark(b, newPostgresCSV(b), postgresCSVLines(2000)) }
