package parsers

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"logskiff/record"
)

func newAudit(t testing.TB) Parser {
	t.Helper()
	p, err := NewAudit(AuditConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Clone()
}

func TestAudit(t *testing.T) {
	const head = `msg=audit(1364481363.243:24287): `
	p := newAudit(t)
	f := func(line, want string) {
		t.Helper()
		checkTimed(t, p, line, want)
	}
	f(`type=SYSCALL `+head+`arch=c000003e syscall=2 success=no exit=-13 a0=7fffd19c5592 a1=20 auid=4294967295 tty=pts0 comm="cat" exe="/bin/cat" subj=u:r:t:s0-s0:c0.c1023 key="sshd_config"`,
		`2013-03-28T14:36:03.243Z type="SYSCALL" serial=24287 arch="c000003e" syscall=2 success="no" exit=-13 a0="7fffd19c5592" a1="20" auid=4294967295 tty="pts0" comm="cat" exe="/bin/cat" subj="u:r:t:s0-s0:c0.c1023" key="sshd_config"`)
	g := func(line, want string) {
		t.Helper()
		kind, body, _ := strings.Cut(line, " ")
		f("type="+kind+" "+head+body, strings.TrimSpace(`2013-03-28T14:36:03.243Z type="`+kind+`" serial=24287 `+want))
	}
	g(`EOE `, ``)
	g(`CWD  cwd="/home/ann"`, `cwd="/home/ann"`)
	g(`CWD cwd=2F686F6D652F616E6E20623A`, `cwd="/home/ann b:"`)
	g(`PATH item=0 name="/etc/x" inode=409248 dev=fd:00 mode=0100600 ouid=0 nametype=NORMAL cap_fe=0`,
		`item=0 name="/etc/x" inode=409248 dev="fd:00" mode="0100600" ouid=0 nametype="NORMAL" cap_fe="0"`)
	g(`PROCTITLE proctitle=636174002F6574632F7373682F737368645F636F6E666967`, `proctitle="cat /etc/ssh/sshd_config"`)
	g(`PROCTITLE proctitle="cat"`, `proctitle="cat"`)
	g(`EXECVE argc=3 a0="sh" a1="-c" a2=6C73202D6C a3[0]=20 a4_len=8`, `argc=3 a0="sh" a1="-c" a2="ls -l" a3[0]=" " a4_len="8"`)
	g(`SYSCALL comm=63617 exe=abcd name=FF key=(null) tty=(none) ses=unset`, `comm="63617" exe="abcd" name="\xff" ses="unset"`)
	g(`USER_AUTH pid=1 uid=0 msg='op=PAM:authentication acct="root" exe="/usr/bin/su" hostname=? addr=10.0.0.7 terminal=pts/0 res=failed'`,
		`pid=1 uid=0 op="PAM:authentication" acct="root" exe="/usr/bin/su" addr="10.0.0.7" terminal="pts/0" res="failed"`)
	g(`USER_ACCT user pid=1 uid=0`, `pid=1 uid=0`)
	g(`USER_CMD pid=1 msg='cwd="/a'b" cmd=6C73202D6C res=success'`+"\x1d"+`UID="root" SADDR={ saddr_fam=inet laddr=1.2.3.4 lport=53 } AUID="unset"`,
		`pid=1 cwd="/a'b" cmd="ls -l" res="success" UID="root" saddr_fam="inet" laddr="1.2.3.4" lport=53 AUID="unset"`)
	g(`AVC avc:  denied  { read write } for  pid=7 comm="httpd" scontext=a:b tclass=file permissive=0`,
		`seresult="denied" seperms="read write" pid=7 comm="httpd" scontext="a:b" tclass="file" permissive=0`)
	g(`USER_AVC pid=7 msg='avc:  granted  { send_msg } for msgtype=x exe="/a"'`, `pid=7 seresult="granted" seperms="send_msg" msgtype="x" exe="/a"`)
	g(`AVC avc: denied`, `message="avc: denied"`)
	g(`AVC avc:  { x`, `message="avc:  { x"`)
	g(`DAEMON_START auditd start, ver=1.0, format="raw", auid=500 res=success, auditd`, `ver="1.0" format="raw" auid=500 res="success" message="auditd start, ver=1.0, format=\"raw\", auid=500 res=success, auditd"`)
	g(`LOGIN login pid=3 uid=0 old auid=4294967295 new auid=0`, `pid=3 uid=0 auid=4294967295 auid_2=0 message="login pid=3 uid=0 old auid=4294967295 new auid=0"`)
	g(`X a={ b=1`, `a="{" b="1"`)
	g(`X =b c==d`, `c="=d" message="=b c==d"`)
	g(`X a= b=`, `a="" b=""`)
	f(`node=web-1 type=EOE msg=audit(1364481363.243:7): `, `2013-03-28T14:36:03.243Z node="web-1" type="EOE" serial=7`)
	f(`type=1400 audit(1364481363.243:7): apparmor="DENIED"`, `2013-03-28T14:36:03.243Z type="1400" serial=7 apparmor="DENIED"`)
	f(`type=PROCTITLE msg=audit(1364481363.243:7) : proctitle="x"`, `2013-03-28T14:36:03.243Z type="PROCTITLE" serial=7 proctitle="x"`)

	const not, time, quote = `failed: not an audit line`, `failed: no audit time`, `failed: a quote is not closed`
	f(``, not)
	f(`node=a`, not)
	f(`node=`, not)
	f(`hello type=x`, not)
	f(`type=x`, time)
	f(`type=`, time)
	f(`type=x msg=`, time)
	f(`type=x msg=audit`, time)
	f(`type=x msg=audit(1364481363.243:7`, time)
	f(`type=x msg=audit(1364481363.243)`, time)
	f(`type=x msg=audit(1364481363.24:7)`, time)
	f(`type=x msg=audit(1364481363.243:x)`, time)
	f(`type=x msg=audit(1364481363.243:)`, time)
	f(`type=x msg=audit(28/03/13 14:36:03.243:7)`, time)
	f(`type=x `+head+`a="b`, quote)
	f(`type=x `+head+`msg='a=b`, quote)
	f(`type=x `+head+"a=b\x1dc=\"d", quote)
}

func TestAuditLongLines(t *testing.T) {
	const head, want = `type=X msg=audit(1364481363.243:7): `, `2013-03-28T14:36:03.243Z type="X" serial=7 `
	p := newAudit(t)
	checkHostile(t, p)
	long := strings.Repeat("x", 1<<20)
	checkTimed(t, p, head+`a="`+long+`"`, want+`a="`+long+`"`)
	checkTimed(t, p, head+`a=`+long, want+`a="`+long+`"`)
	checkTimed(t, p, head+`name=`+strings.Repeat("41", 1<<19), want+`name="`+strings.Repeat("A", 1<<19)+`"`)
	checkTimed(t, p, head+strings.Repeat(`a={ `, 60_000), want+strings.TrimSpace(numbered(`a%s="{" `, 60_000)))
	checkTimed(t, p, head+strings.Repeat(`a=1 `, record.MaxPairs), `failed: more than 65535 pairs`)
	checkTimed(t, p, head+`msg='`+strings.Repeat(`'`, 1<<20), want+`message="msg=`+strings.Repeat(`'`, 1<<20+1)+`"`)
	checkTimed(t, p, head+strings.Repeat(`avc: { `, 1<<17), want+`message="`+strings.TrimSpace(strings.Repeat(`avc: { `, 1<<17))+`"`)
}

// auditLines are system calls as log_format = ENRICHED has them, about 560 bytes each.
func auditLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`type=SYSCALL msg=audit(1795224047.%03d:%d): arch=c000003e syscall=257 success=yes exit=%d a0=ffffff9c a1=%x a2=0 a3=0 items=1 ppid=%d pid=%d auid=1000 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 fsgid=1000 tty=pts0 ses=3 comm="cat" exe="/usr/bin/cat" subj=unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023 key="etc"`+"\x1d"+`ARCH=x86_64 SYSCALL=openat AUID="ann" UID="ann" GID="ann" EUID="ann" SUID="ann" FSUID="ann" EGID="ann" SGID="ann" FSGID="ann"`,
			rnd.IntN(1000), i, rnd.IntN(10), rnd.Uint64(), rnd.IntN(1e5), rnd.IntN(1e5))
	}
	return lines
}

func FuzzAudit(f *testing.F) {
	f.Add(auditLines(1)[0])
	f.Add(`node=a type=AVC msg=audit(1.234:5): avc:  denied  { read } for  pid=1 name=4142 msg='a="b" c=(null)' SADDR={ d=e } x`)
	f.Add(`type=EXECVE msg=audit(1.234:5): a0=00FF proctitle=4100`)
	f.Fuzz(func(t *testing.T, line string) { fuzzLines(t, newAudit(t), line) })
}

func TestAuditAllocatesNothingPerLine(t *testing.T) {
	lines := append(auditLines(50), "bad", `type=X msg=audit(1.234:5): a b=c proctitle=4142`)
	if n := allocs(newAudit(t), lines); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkAudit(b *testing.B) { benchmark(b, newAudit(b), auditLines(1000)) }
