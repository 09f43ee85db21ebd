package parsers

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"logskiff/record"
)

func newMySQLSlow(t testing.TB) Parser {
	t.Helper()
	p, err := NewMySQLSlow(MySQLSlowConfig{Zone: "Europe/Berlin"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newMySQLError(t testing.TB) Parser {
	t.Helper()
	p, err := NewMySQLError(MySQLErrorConfig{Zone: "Europe/Berlin"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// checkWithTime is checkParser for a line with a time, which stands before the fields.
func checkWithTime(t *testing.T, p Parser, line, want string) {
	t.Helper()
	for range 2 {
		b := newBatch(line)
		before := string(b.Buf)
		p.Parse(b)
		checkSpans(t, b, before)
		got := parsed(b, 0)
		if r := b.Records[0]; r.Kind != record.Failed {
			when := "none"
			if r.Time != 0 {
				when = time.Unix(0, r.Time).In(time.FixedZone("", 60*int(r.Zone))).Format(time.RFC3339Nano)
			}
			got = strings.TrimSpace(when + " " + got)
		}
		if got != want {
			t.Errorf("%q\n got %s\nwant %s", line, got, want)
		}
	}
}

const mysql80 = `# Time: 2026-11-21T02:20:47.123456Z
# User@Host: root[root] @ localhost []  Id:     5
# Query_time: 2.000142  Lock_time: 0.000001 Rows_sent: 1  Rows_examined: 0
use shop;
SET timestamp=1795227645;
SELECT SLEEP(2),
  'a;b';`

func TestMySQLSlow(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		checkWithTime(t, newMySQLSlow(t), text, want)
	}
	const root = `priv_user="root" user="root" host="localhost"`
	f(mysql80, `2026-11-21T02:20:47.123456Z `+root+` thread_id=5 query_time=2.000142 lock_time=0.000001 rows_sent=1 rows_examined=0 database="shop" query="SELECT SLEEP(2),\n  'a;b'"`)
	// MySQL 8.0 with log_slow_extra.
	f(`# Time: 2026-11-21T03:20:47.123456+01:00
# User@Host: app[app] @ web1.example.com [192.0.2.7]  Id: 17
# Query_time: 0.000142  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 0 Thread_id: 17 Errno: 0 Killed: 0 Bytes_received: 27 Bytes_sent: 56 Start: 2026-11-21T02:20:47.123314Z End: 2026-11-21T02:20:47.123456Z
SET timestamp=1795227647;
DELETE FROM cart WHERE id = 9;
`, `2026-11-21T03:20:47.123456+01:00 priv_user="app" user="app" host="web1.example.com" ip="192.0.2.7" thread_id=17 query_time=0.000142 lock_time=0.000000 rows_sent=0 rows_examined=0 errno=0 killed=0 bytes_received=27 bytes_sent=56 start="2026-11-21T02:20:47.123314Z" end="2026-11-21T02:20:47.123456Z" query="DELETE FROM cart WHERE id = 9"`)
	// Percona Server: https://docs.percona.com/percona-server/8.0/slow-extended.html
	f(`# Time: 130601  8:01:06.058915
# User@Host: root[root] @ localhost []  Id:    42
# Schema: imdb  Last_errno: 0  Killed: 0
# Query_time: 7.725616  Lock_time: 0.000328  Rows_sent: 4  Rows_examined: 1543720  Rows_affected: 0
# Bytes_sent: 272  Tmp_tables: 0  Tmp_disk_tables: 0  Tmp_table_sizes: 0
# Full_scan: Yes  Full_join: No  Tmp_table: No  Tmp_table_on_disk: No
# InnoDB_trx_id: 1500
SET timestamp=1370073666;
SELECT id,title,production_year FROM title WHERE title = 'Bambi';`, `2013-06-01T08:01:06Z `+root+` thread_id=42 schema="imdb" last_errno=0 killed=0 query_time=7.725616 lock_time=0.000328 rows_sent=4 rows_examined=1543720 rows_affected=0 bytes_sent=272 tmp_tables=0 tmp_disk_tables=0 tmp_table_sizes=0 full_scan=true full_join=false tmp_table=false tmp_table_on_disk=false innodb_trx_id="1500" query="SELECT id,title,production_year FROM title WHERE title = 'Bambi'"`)
	// MariaDB, with log_slow_verbosity=explain.
	f(`# User@Host: root[root] @ localhost []
# Thread_id: 8  Schema:   QC_hit: No
# Query_time: 0.5  Lock_time: 0.000142  Rows_sent: 0  Rows_examined: 9
#
# explain: id	select_type	table
# explain: 1	SIMPLE	t
#
SET timestamp=1795227647.5;
SELECT 1;`, `2026-11-21T02:20:47.5Z `+root+` thread_id=8 qc_hit=false query_time=0.5 lock_time=0.000142 rows_sent=0 rows_examined=9 explain="id\tselect_type\ttable\n1\tSIMPLE\tt" query="SELECT 1"`)
	f("# Time: 261121  2:20:47\n# User@Host: a b[c] @  [::1]\nSELECT 1", `2026-11-21T02:20:47+01:00 priv_user="a b" user="c" ip="::1" query="SELECT 1"`)
	f("# User@Host: root[root] @ localhost []\n# Query_time: 1\nSET insert_id=5,timestamp=1795227647;\n# administrator command: Quit;\n", `2026-11-21T02:20:47Z `+root+` query_time=1 comment="SET insert_id=5,timestamp=1795227647;" administrator_command="Quit"`)
	f("# Time: 2026-11-21T02:20:47.123456Z", `2026-11-21T02:20:47.123456Z`)
	f("# Time: soon\nSELECT 1", `none comment="Time: soon" query="SELECT 1"`)
	f("# User@Host: garbled\n# Query_time: 1\n", `none comment="garbled" query_time=1`)
	f("# Query_time: x  Rows_sent:\nSET names=utf8;\nSELECT 1;", `none query_time="x" query="SET names=utf8;\nSELECT 1"`)
	f("# A: 1\nSELECT 1;\n/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:\nTcp port: 3306  Unix socket: /run/mysqld.sock\nTime                 Id Command    Argument\n",
		`none a=1 query="SELECT 1" server_start="/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:\nTcp port: 3306  Unix socket: /run/mysqld.sock\nTime                 Id Command    Argument\n"`)
	f("SELECT 1;", `failed: no entry of a MySQL slow log: it does not begin with "# "`)
	f("# \n", `failed: no entry of a MySQL slow log: it has no fields`)
	f("# "+strings.Repeat("a: 1 ", 70_000), `failed: no entry of a MySQL slow log: it has too many fields`)
}

func TestMySQLError(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		checkWithTime(t, newMySQLError(t), text, want)
	}
	f(`2026-11-21T02:20:47.123456Z 0 [Warning] [MY-010068] [Server] CA certificate ca.pem is self signed.`,
		`2026-11-21T02:20:47.123456Z thread=0 level="Warning" code="MY-010068" subsystem="Server" message="CA certificate ca.pem is self signed."`)
	f(`2026-11-21T03:20:47.123456+01:00 12 [Note] Aborted connection 12 to db: 'shop' user: 'app' host: 'web1' (Got timeout reading communication packets)`,
		`2026-11-21T03:20:47.123456+01:00 thread=12 level="Note" message="Aborted connection 12 to db: 'shop' user: 'app' host: 'web1' (Got timeout reading communication packets)"`)
	f(`2026-11-21  2:20:47 0 [Note] InnoDB: Buffer pool(s) load completed at 261121  2:20:47`, `2026-11-21T02:20:47+01:00 thread=0 level="Note" message="InnoDB: Buffer pool(s) load completed at 261121  2:20:47"`)
	f(`2026-07-21 02:20:47 140123456789 [ERROR] mysqld: Table './a/b' is marked as crashed`, `2026-07-21T02:20:47+02:00 thread=140123456789 level="ERROR" message="mysqld: Table './a/b' is marked as crashed"`)
	f(`131112 11:00:00 mysqld_safe Starting mysqld daemon with databases from /var/lib/mysql`, `2013-11-12T11:00:00+01:00 message="mysqld_safe Starting mysqld daemon with databases from /var/lib/mysql"`)
	f(`131112 11:00:00  InnoDB: Completed`, `2013-11-12T11:00:00+01:00 message="InnoDB: Completed"`)
	f("2026-11-21T02:20:47.123456Z 0 [ERROR] [x\ny", "2026-11-21T02:20:47.123456Z thread=0 level=\"ERROR\" message=\"[x\\ny\"")
	f(`2026-11-21T02:20:47Z`, `2026-11-21T02:20:47Z message=""`)
	f(`2026-11-21T02:20:47Z 007 [] x`, `2026-11-21T02:20:47Z thread="007" message="[] x"`)
	for _, line := range []string{"", "Version: '8.0.36'  socket: '/run/mysqld.sock'", "2026-11-21T02:20:47 x", "2026-13-21 02:20:47 0 [Note] x", "2026-11-21 02:20:47x", "131312 11:00:00 x", "131112 11:00:00x", "mysqld: x y z a b c d e f g h i j"} {
		f(line, `failed: no match for a MySQL error log at its time`)
	}
}

func slowLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("# Time: 2026-11-21T02:%02d:%02d.%06dZ\n# User@Host: app[app] @ web1.example.com [192.0.2.7]  Id: %5d\n# Query_time: %.6f  Lock_time: 0.000001 Rows_sent: %d  Rows_examined: %d\nSET timestamp=1795227645;\nSELECT o.id, o.total FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = 'user%d@example.com' ORDER BY o.created_at DESC LIMIT 20;",
			i/3000%60, i/50%60, rnd.IntN(1e6), rnd.IntN(1e5), rnd.Float64(), rnd.IntN(20), rnd.IntN(1e6), rnd.IntN(1e6))
	}
	return lines
}

func mysqlErrorLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("2026-11-21T02:%02d:%02d.%06dZ %d [Note] [MY-010914] [Server] Aborted connection %d to db: 'shop' user: 'app' host: 'web1.example.com' (Got timeout reading communication packets).",
			i/3000%60, i/50%60, rnd.IntN(1e6), rnd.IntN(1e5), rnd.IntN(1e5))
	}
	return lines
}

func TestMySQLAllocatesNothingPerLine(t *testing.T) {
	if n := allocs(newMySQLSlow(t), append(slowLines(100), "bad", mysql80, "# Time: 261121  2:20:47\n# explain: a\n# explain: b\n# X: Yes\nSELECT 1")); n > 0 {
		t.Errorf("%v allocations for slow logs", n)
	}
	if n := allocs(newMySQLError(t), append(mysqlErrorLines(100), "bad", "2026-11-21  2:20:47 0 [Note] x", "131112 11:00:00 x")); n > 0 {
		t.Errorf("%v allocations for error logs", n)
	}
}

func TestMySQLOnHostileLines(t *testing.T) {
	checkHostile(t, newMySQLSlow(t))
	checkHostile(t, newMySQLError(t))
}

func FuzzMySQL(f *testing.F) {
	f.Add(mysql80)
	f.Add("# User@Host: a[b] @ c [d]  Id: 5\n# explain: x\n# Thread_id: 1 A: Yes B: No\nSET timestamp=1.5;\n# administrator command: Quit;")
	f.Add("2026-11-21  2:20:47 0 [Note] [MY-1] [x] y")
	f.Add("# Time: 261121  2:20:47")
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range []Parser{newMySQLSlow(t), newMySQLError(t)} {
			b := newBatch(text, "# A: 1", text)
			before := string(b.Buf)
			p.Parse(b)
			checkSpans(t, b, before)
		}
	})
}

func BenchmarkMySQLSlow(b *testing.B)  { benchmark(b, newMySQLSlow(b), slowLines(2000)) }
func BenchmarkMySQLError(b *testing.B) { benchmark(b, newMySQLError(b), mysqlErrorLines(2000)) }
