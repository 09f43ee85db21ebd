package file

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"logskiff/record"
)

func TestScenario20HalfALine(t *testing.T) {
	for _, kill := range []bool{false, true} {
		g := newRig(t)
		g.write("a.log", "0\nhalf")
		g.start()
		g.after(5 * time.Second)
		g.want("0")
		if kill {
			g.kill()
		}
		g.write("a.log", " whole\n")
		if kill {
			g.start()
		}
		g.wait()
		g.want("0", "half whole")
	}
}

func TestScenario21HalfALineThenDeleted(t *testing.T) {
	for _, text := range []string{"0\nhalf", "half"} {
		g := newRig(t)
		g.write("a.log", text)
		g.start()
		g.step()
		g.remove("a.log")
		g.wait()
		if last := g.out[len(g.out)-1]; last.text != "half" || last.rec.Flags != record.NoNewline {
			t.Fatalf("got %+v", g.out)
		}
		g.noLoss()
		g.sound()
	}
}

func TestHalfALineIsSentWhenItsFileWasRotated(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "0\nhalf")
	g.start()
	g.step()
	g.rename("a.log", "a.log.1")
	g.write("a.log", "1\n")
	g.wait()
	g.wantSet("0", "half", "1")
}

func TestScenario22LineOverTheLimit(t *testing.T) {
	for _, killAt := range []int{-1, 1, 4} {
		g := newRig(t)
		long := strings.Repeat("0123456789", 1<<20)
		g.write("a.log", "before\n"+long+"\nafter\n")
		g.start()
		if killAt >= 0 {
			for range killAt + 1 {
				g.take1()
			}
			g.kill()
			g.start()
		}
		g.wait()
		g.sound()
		if g.out[0].text != "before" || g.out[len(g.out)-1].text != "after" {
			t.Fatal("the lines beside are not intact")
		}
		var all strings.Builder
		parts := g.out[1 : len(g.out)-1]
		for i, x := range parts {
			all.WriteString(x.text)
			last := i == len(parts)-1
			if int(x.rec.Part) != i+1 || x.rec.Flags&record.Part == 0 || (x.rec.Flags&record.LastPart != 0) != last {
				t.Fatalf("part %d: %+v", i, x.rec)
			}
			if !last && len(x.text) != 1<<20 {
				t.Fatalf("part %d has %d bytes", i, len(x.text))
			}
		}
		if all.String() != long || len(parts) != 10 {
			t.Fatalf("%d parts hold %d bytes", len(parts), all.Len())
		}
	}
}

func TestLineOfExactlyTheLimitIsWhole(t *testing.T) {
	g := newRig(t)
	g.cfg.MaxLine = 1024
	for n := 1020; n < 1030; n++ {
		g.write("a.log", strings.Repeat("x", n)+"\n")
	}
	g.start()
	g.wait()
	parts := 0
	for _, x := range g.out {
		if x.rec.Flags&record.Part != 0 {
			parts++
		}
	}
	if parts != 10 || len(g.out) != 15 {
		t.Fatalf("%d records, %d parts", len(g.out), parts)
	}
}

func TestScenario23CRLFAcrossTwoReads(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "1\r")
	g.start()
	g.step()
	g.write("a.log", "\n2\r\n\r\n")
	g.step()
	g.want("1", "2", "")
	for _, x := range g.out {
		if x.rec.Flags != record.CR {
			t.Fatalf("got %+v", x.rec)
		}
	}
}

func TestScenario23AnyBytes(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "a\x00b\n\xff\xfe\n\x00\n")
	g.start()
	g.step()
	g.want("a\x00b", "\xff\xfe", "\x00")
}

func TestScenario23OtherEncodingsCutAnywhere(t *testing.T) {
	text := "日志 one\n上䀊下ਊ\r\n字😀符\n"
	want := []string{"日志 one", "上䀊下ਊ", "字😀符"}
	le, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	be, _ := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(text)
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{"utf-16le": le, "utf-16be": be, "gb18030": gb, "utf-8": text} {
		for cut := 0; cut <= len(raw); cut++ {
			g := newRig(t)
			g.cfg.Encoding = name
			g.write("a.log", raw[:cut])
			g.start()
			g.step()
			if cut%2 == 0 {
				g.kill()
				g.start()
			}
			g.write("a.log", raw[cut:])
			g.step()
			g.want(want...)
		}
	}
}

func TestLatin1GBKBig5ShiftJISAreDecoded(t *testing.T) {
	for name, c := range map[string][2]string{
		"latin1":    {"\xe9t\xe9\n", "été"},
		"gbk":       {"\xc4\xe3\xba\xc3\n", "你好"},
		"big5":      {"\xa7\x41\xa6\x6e\n", "你好"},
		"shift-jis": {"\x93\xfa\x96\x7b\n", "日本"},
	} {
		g := newRig(t)
		g.cfg.Encoding = name
		g.write("a.log", c[0])
		g.start()
		g.step()
		g.want(c[1])
	}
}

func TestBytesThatAreNoTextAreMarked(t *testing.T) {
	g := newRig(t)
	g.cfg.Encoding = "gbk"
	g.write("a.log", "ok\n\xff\xff\n")
	g.start()
	g.step()
	if len(g.out) != 2 || g.out[0].rec.Flags != 0 || g.out[1].rec.Flags != record.BadUTF8 {
		t.Fatalf("got %+v", g.out)
	}
}

func TestScenario28RotatedThreeTimesWhileNothingIsRead(t *testing.T) {
	g := newRig(t)
	g.start()
	var want []string
	g.write("a.log", "0\n")
	g.look()
	want = append(want, "0")
	for i := 1; i < 4; i++ {
		g.elapse(time.Minute)
		for n := 3; n > 0; n-- {
			_ = os.Rename(g.path(fmt.Sprintf("a.log.%d", n)), g.path(fmt.Sprintf("a.log.%d", n+1)))
		}
		g.rename("a.log", "a.log.1")
		g.write("a.log", fmt.Sprintf("%d\n", i))
		g.look()
		g.elapse(time.Minute)
		g.look()
		want = append(want, fmt.Sprint(i))
	}
	g.remove("a.log.3")
	g.look()
	g.after(0)
	g.wait()
	g.want(want...)
	g.noLoss()
}

func TestScenario28DeletedRestIsKeptOverARestart(t *testing.T) {
	g := newRig(t)
	a, la := numbered(0, 1000)
	g.write("a.log", a)
	g.limit.Bytes = 8 << 10
	g.start()
	g.take1()
	g.hold = true
	g.take1()
	n := len(g.out)
	g.remove("a.log")
	g.look()
	g.close()
	g.hold = false
	g.start()
	g.wait()
	// what was handed out but not acknowledged comes again
	if len(g.out) <= len(la) || g.out[0].text != la[0] || g.out[n].rec.Offset > g.out[n-1].rec.Offset {
		t.Fatalf("%d records", len(g.out))
	}
	seen := map[int64]bool{}
	for _, x := range g.out {
		seen[x.rec.Offset] = true
	}
	if len(seen) != len(la) {
		t.Fatalf("%d of %d lines", len(seen), len(la))
	}
	g.noLoss()
	g.sound()
	if left, _ := os.ReadDir(g.spool); len(left) != 0 {
		t.Fatalf("left in the spool: %v", left)
	}
}

func TestScenario31FewDescriptorsManyFiles(t *testing.T) {
	g := newRig(t)
	g.cfg.OpenFiles = 10
	var want []string
	add := func(round int) {
		for i := range 200 {
			g.write(fmt.Sprintf("%d.log", i), fmt.Sprintf("%d of %d\n", round, i))
			want = append(want, fmt.Sprintf("%d of %d", round, i))
		}
	}
	add(0)
	g.start()
	g.step()
	add(1)
	g.step()
	if g.r.fds.n > 10 {
		t.Fatalf("%d descriptors", g.r.fds.n)
	}
	g.kill()
	g.start()
	add(2)
	g.wait()
	g.wantSet(want...)
	g.noLoss()
}

func TestScenario31NoDescriptorsLeftAtAll(t *testing.T) {
	g := newRig(t)
	var want []string
	for i := range 50 {
		g.write(fmt.Sprintf("%d.log", i), fmt.Sprintf("%d\n", i))
		want = append(want, fmt.Sprint(i))
	}
	var was syscall.Rlimit
	g.do(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was))
	low := was
	f, err := os.Open(g.dir)
	g.do(err)
	low.Cur = uint64(f.Fd()) // nothing above what is open now
	f.Close()
	g.do(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low))
	g.start()
	g.step()
	low.Cur += 3
	g.do(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low))
	g.step()
	g.wait()
	g.do(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was))
	g.wait()
	g.wantSet(want...)
	g.noLoss()
}

func TestScenario33StartAtEnd(t *testing.T) {
	g := newRig(t)
	g.cfg.StartAt = "end"
	g.write("a.log", "old\nhalf")
	g.write("b.log", "old\n")
	g.write("c.log", "")
	g.start()
	g.step()
	g.want()
	g.write("a.log", " whole\n")
	g.write("b.log", "1\n")
	g.write("c.log", "2\n")
	g.write("later.log", "3\n")
	g.wait()
	g.wantSet("half whole", "1", "2", "3")
	g.kill()
	g.write("a.log", "4\n")
	g.write("new.log", "5\n")
	g.start()
	g.wait()
	g.wantSet("half whole", "1", "2", "3", "4", "5")
	g.noLoss()
}

func TestScenario33EmptyFileBeforeTheKillIsNotSkippedAfterIt(t *testing.T) {
	g := newRig(t)
	g.cfg.StartAt = "end"
	g.start()
	g.write("other.log", "x\n")
	g.write("a.log", "")
	g.write("b.log", "ha")
	g.step()
	g.write("other.log", "y\n")
	g.step()
	g.kill()
	g.write("a.log", "1\n")
	g.write("b.log", "lf\n")
	g.start()
	g.wait()
	g.wantSet("x", "y", "1", "half")
}

func TestFreshStartReadsEverythingAgainUnderTheSameNames(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "1\n2\n")
	g.start()
	g.step()
	id := g.out[0].stream
	g.kill()
	g.cfg.StartAt = "end"
	g.fresh = true
	for _, c := range g.reg.Checkpoints() {
		g.reg.Forget(c.ID)
	}
	g.start()
	g.step()
	g.want("1", "2", "1", "2")
	if g.out[2].stream != id {
		t.Fatal("the same bytes have another id now")
	}
}

func TestIgnoreOlderSkipsWhatIsThere(t *testing.T) {
	g := newRig(t)
	g.cfg.IgnoreOlder = 1 << 40
	g.write("a.log", "old\n")
	old := g.now().Add(-time.Hour)
	g.do(os.Chtimes(g.path("a.log"), old, old))
	g.write("b.log", "young\n")
	g.start()
	g.step()
	g.write("a.log", "new\n")
	g.step()
	g.wantSet("young", "new")
}
