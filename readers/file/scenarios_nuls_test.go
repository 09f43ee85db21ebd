package file

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/text/encoding/unicode"

	"logskiff/readers/file/disk"
	"logskiff/readers/lines"
)

// mapped is a writer that makes its file long, fills it through a mapping, and cuts it to its
// length at the end.
type mapped struct {
	g    *rig
	f    *os.File
	mem  []byte
	used int
}

func (g *rig) mapped(name string, size int) *mapped {
	g.t.Helper()
	f, err := os.OpenFile(g.path(name), os.O_RDWR|os.O_CREATE, 0o644)
	g.do(err)
	g.do(f.Truncate(int64(size)))
	mem, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	g.do(err)
	g.touched()
	return &mapped{g: g, f: f, mem: mem}
}

func (m *mapped) write(text string) { m.used += copy(m.mem[m.used:], text) }

func (m *mapped) close() {
	m.g.t.Helper()
	m.g.do(unix.Munmap(m.mem))
	m.g.do(m.f.Truncate(int64(m.used)))
	m.g.do(m.f.Close())
}

// quiet checks that nothing was said of loss or rewriting, and no NUL was handed out.
func (g *rig) quiet() {
	g.t.Helper()
	g.noLoss()
	if n := g.streams(); n != 1 {
		g.t.Fatalf("%d streams, want 1\nlog:\n%s", n, g.log.String())
	}
	if s := g.log.String(); strings.Contains(s, "level=WARN") || strings.Contains(s, "written anew") {
		g.t.Fatalf("a false alarm:\n%s", s)
	}
	for _, x := range g.out {
		if strings.Contains(x.text, "\x00") {
			g.t.Fatalf("a NUL was handed out: %q", x.text)
		}
	}
}

func TestScenario35AFileThatIsFilledInPlace(t *testing.T) {
	f := func(region int, encoding string, restart func(g *rig)) {
		name := fmt.Sprintf("region=%d encoding=%s restart=%v", region, encoding, restart != nil)
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			g.cfg.MaxLine = 4 << 10
			g.cfg.Encoding = encoding
			encode := func(s string) string { return s }
			if strings.HasPrefix(encoding, "utf-16") {
				encode = func(s string) string { return utf16Text(s, encoding == "utf-16be") }
			}
			m := g.mapped("a.log", region)
			g.start()
			g.after(10 * time.Second)
			text, all := numbered(0, 60)
			for i, line := range strings.SplitAfter(text, "\n") {
				half := len(line) / 2
				m.write(encode(line[:half]))
				if i%7 == 0 {
					g.step()
				}
				m.write(encode(line[half:]))
				if i%3 == 0 {
					g.step()
				}
				if i%20 == 10 && restart != nil {
					restart(g)
				}
			}
			g.after(3 * time.Minute) // without a change of the file's time
			g.want(all...)
			if s := g.status("a.log"); s.Size != int64(m.used) || s.Delivered != s.Size || !s.Oldest.IsZero() {
				t.Fatalf("the file counts as %+v, %d are written", s, m.used)
			}
			m.close()
			g.wait()
			g.write("a.log", encode("more\n"))
			g.wait()
			g.want(append(all, "more")...)
			g.quiet()
		})
	}
	for _, encoding := range []string{"utf-8", "utf-16le", "utf-16be"} {
		for _, region := range []int{16 << 10, 1 << 20} {
			f(region, encoding, nil)
		}
	}
	f(8<<10, "utf-8", func(g *rig) { g.kill(); g.start() })
	f(1<<20, "utf-8", func(g *rig) { g.close(); g.start() })
}

func TestScenario35AFilledFileIsCutToItsLengthBeforeItIsRead(t *testing.T) {
	f := func(name string, run func(g *rig, m *mapped)) {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			m := g.mapped("a.log", 1<<20)
			run(g, m)
			g.wait()
			g.want("one", "two", "three")
			g.quiet()
		})
	}
	f("at first sight", func(g *rig, m *mapped) {
		m.write("one\ntwo\nthree\n")
		g.start()
		m.close()
	})
	f("after a restart", func(g *rig, m *mapped) {
		m.write("one\n")
		g.start()
		g.step()
		g.close()
		m.write("two\nthree\n")
		g.start()
		m.close()
	})
	f("after it was made longer", func(g *rig, m *mapped) {
		m.write("one\n")
		g.start()
		g.step()
		m.write("two\nthree\n")
		g.do(m.f.Truncate(4 << 20))
		g.look()
		m.close()
	})
}

// A mapping that is filled changes neither size nor, mostly, time, and there is no event.
func TestScenario35WhatIsFilledIsSeenSoon(t *testing.T) {
	g := newRig(t)
	g.withHub()
	g.start()
	g.step()
	m := g.mapped("a.log", 1<<20)
	g.step()
	var all []string
	for i := range 50 {
		line := fmt.Sprint("line ", i)
		all = append(all, line)
		m.write(line + "\n")
		g.after(2 * time.Second)
		if len(g.out) != len(all) {
			t.Fatalf("%d of %d lines have arrived two seconds after the last", len(g.out), len(all))
		}
	}
	g.want(all...)
	g.quiet()
}

func TestScenario35StartAtTheEndOfWhatIsWritten(t *testing.T) {
	g := newRig(t)
	g.cfg.StartAt = "end"
	m := g.mapped("a.log", 1<<20)
	m.write("old\n")
	g.start()
	g.step()
	m.write("new\n")
	g.after(5 * time.Second)
	m.close()
	g.wait()
	g.want("new")
	g.quiet()
}

func TestScenario35AFileWithNULsAtItsEndIsRotated(t *testing.T) {
	f := func(name string, rotate func(g *rig, m *mapped), want ...string) {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			m := g.mapped("a.log", 1<<20)
			m.write("one\ntwo")
			g.start()
			g.step()
			rotate(g, m)
			g.wait()
			g.after(6 * time.Minute)
			g.want(want...)
			g.noLoss()
			if s := g.log.String(); strings.Count(s, "never written") != 1 || strings.Contains(s, "level=WARN") {
				t.Fatalf("what was said:\n%s", s)
			}
			if g.left != 0 {
				t.Fatalf("%d bytes count as skipped", g.left)
			}
		})
	}
	f("renamed", func(g *rig, m *mapped) { g.rename("a.log", "a.log.1") }, "one", "two")
	f("renamed, and written on", func(g *rig, m *mapped) {
		g.rename("a.log", "a.log.1")
		g.look()
		m.write(" and\nthree\n")
		g.after(20 * time.Second)
		m.write("four\n")
	}, "one", "two and", "three", "four")
	f("deleted", func(g *rig, m *mapped) {
		g.remove("a.log")
		g.look()
		m.write(" and\nthree\n")
		g.after(2 * time.Second)
		g.do(unix.Munmap(m.mem))
		g.do(m.f.Close())
	}, "one", "two and", "three")
}

func TestScenario35RunsOfNULsInsideAFile(t *testing.T) {
	nuls := func(n int) string { return strings.Repeat("\x00", n) }
	f := func(name, text string, left int64, want ...string) {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			g.cfg.MaxLine = 4 << 10
			g.write("a.log", text)
			g.start()
			g.wait()
			g.want(want...)
			g.noLoss()
			if g.left != left {
				t.Fatalf("%d bytes count as skipped, want %d", g.left, left)
			}
			if said := strings.Count(g.log.String(), "NULs where lines should be"); said != int(min(left, 1)) {
				t.Fatalf("it was said %d times:\n%s", said, g.log.String())
			}
			g.kill()
			g.start()
			g.wait()
			g.want(want...)
			if n := g.streams(); n != 1 {
				t.Fatalf("%d streams", n)
			}
		})
	}
	f("a few are part of their line", "a\x00b\n\x00\x00c\x00\n"+nuls(63)+"d\n", 0, "a\x00b", "\x00\x00c\x00", nuls(63)+"d")
	f("a run between lines", "one\n"+nuls(64)+"two\n", 64, "one", "two")
	f("a run within a line", "one\ntw"+nuls(500)+"o\nthree\n", 500, "one", "tw", "o", "three")
	f("at the beginning", nuls(5000)+"one\ntwo\n", 5000, "one", "two")
	f("at the beginning, short", nuls(100)+"one\ntwo\n", 100, "one", "two")
	f("longer than a line may be", "one\n"+nuls(300000)+"two\n", 300000, "one", "two")
	f("longer than a turn", "one\n"+nuls(3<<20)+"two\n", 3<<20, "one", "two")
	f("many", strings.Repeat("line\n"+nuls(95), 300)+"end\n", 300*95, append(repeated("line", 300), "end")...)
	f("within an overlong line", strings.Repeat("x", 5000)+nuls(100)+"y\n", 100, strings.Repeat("x", 4096), strings.Repeat("x", 904), "y")
	f("and at the end", "one\n"+nuls(100)+"two\n"+nuls(100), 100, "one", "two")
}

func repeated(s string, n int) (all []string) {
	for range n {
		all = append(all, s)
	}
	return all
}

func TestScenario35AHoleCostsNothing(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "one\n")
	g.start()
	g.step()
	f, err := os.OpenFile(g.path("a.log"), os.O_WRONLY, 0)
	g.do(err)
	defer f.Close()
	const far = 2 << 40
	if _, err = f.WriteAt([]byte("two\n"), far); err != nil {
		t.Skip("this file system holds no file of 2 TiB: ", err)
	}
	begun := time.Now()
	g.wait()
	g.want("one", "two")
	g.noLoss()
	if took := time.Since(begun); took > time.Minute || g.left != far-4 {
		t.Fatalf("took %v, %d bytes count as skipped, want %d", took, g.left, far-4)
	}
	if n := g.streams(); n != 1 {
		t.Fatalf("%d streams", n)
	}
}

// A writer without O_APPEND goes on at its old place after copytruncate.
func TestScenario35CopytruncateUnderAWriterThatDoesNotAppend(t *testing.T) {
	g := newRig(t)
	f, err := os.Create(g.path("a.log"))
	g.do(err)
	defer f.Close()
	write := func(s string) { _, err := f.WriteString(s); g.do(err) }
	text, all := numbered(0, 5000)
	write(text)
	g.start()
	g.step()
	for i := range 3 {
		g.copy("a.log", fmt.Sprintf("a.log.%d", 3-i))
		g.truncate("a.log")
		line := fmt.Sprintf("after truncation %d", i)
		write(line + "\n")
		all = append(all, line)
		g.wait()
	}
	g.want(all...)
	g.noLoss()
}

func TestScenario35NULsInACompressedRotation(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "one\n")
	g.start()
	g.step()
	g.close()
	g.write("a.log", "two\n"+strings.Repeat("\x00", 300000)+"three\nfour"+strings.Repeat("\x00", 700000))
	g.rename("a.log", "a.log.1")
	g.gzip("a.log.1")
	g.write("a.log", "five\n")
	g.start()
	g.wait()
	g.wantSet("one", "two", "three", "four", "five")
	g.noLoss()
	if g.left != 1000000 {
		t.Fatalf("%d bytes count as skipped", g.left)
	}
}

func TestScenario35GroupsEndWhereNULsBegin(t *testing.T) {
	g := newRig(t)
	g.cfg.Multiline.Start = `^\d`
	m := g.mapped("a.log", 1<<20)
	m.write("1 a\n  b\n")
	g.start()
	g.after(10 * time.Second)
	m.write("2 c\n")
	g.after(10 * time.Second)
	m.used += 1000
	m.write("  d\n3 e\n")
	g.after(2 * time.Minute)
	m.close()
	g.wait()
	g.want("1 a\n  b", "2 c", "  d", "3 e")
	g.noLoss()
	if g.left != 1000 {
		t.Fatalf("%d bytes count as skipped", g.left)
	}
}

func TestQuietFilesWithNULsAtTheirEndAreLookedAtSeldom(t *testing.T) {
	g := newRig(t)
	m := g.mapped("a.log", 1<<20)
	m.write("one\n")
	g.start()
	g.after(10 * time.Minute)
	looks := 0
	for range 600 {
		g.look()
		if !g.r.queue.empty() {
			looks++
		}
		g.fill()
	}
	if looks > 20 {
		t.Fatalf("%d looks in ten minutes", looks)
	}
	m.write("two\n")
	g.after(2 * time.Minute)
	g.want("one", "two")
}

func FuzzWrittenAgreesWithANaiveLoop(f *testing.F) {
	f.Add([]byte("a\x00\x00b"), 3, false)
	f.Add(bytes.Repeat([]byte{0}, 200), 64, true)
	f.Fuzz(func(t *testing.T, text []byte, pad int, wide bool) {
		pad = min(max(pad, 0), 1000)
		set, unit := lines.Default(), 1
		if wide {
			set.Encoding, unit = "utf-16le", 2
			text = text[:len(text)&^1]
		}
		cut, err := lines.NewCutter(set)
		if err != nil {
			t.Fatal(err)
		}
		c := cut.Charset()
		buf := append(append(bytes.Clone(text), make([]byte, pad&^1)...), text...)
		zero := func(i int) bool { return !bytes.ContainsFunc(buf[i:i+unit], func(r rune) bool { return r != 0 }) }
		n := len(buf)
		for n > 0 && zero(n-unit) {
			n -= unit
		}
		d := disk.Disk{Mounts: disk.NewMounts()}
		file, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if _, err := file.Write(buf); err != nil {
			t.Fatal(err)
		}
		if got, err := lastWritten(&d, c, int(file.Fd()), 0, int64(len(buf))); err != nil || got != int64(n) {
			t.Fatalf("%q: lastWritten says %d, %v, want %d", buf, got, err, n)
		}
		for n = 0; n < len(buf) && zero(n); n += unit {
		}
		if got, err := firstWritten(&d, c, int(file.Fd()), 0, int64(len(buf))); err != nil || got != int64(n) {
			t.Fatalf("%q: firstWritten says %d, %v, want %d", buf, got, err, n)
		}
	})
}

func utf16Text(s string, big bool) string {
	e := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	if big {
		e = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	b, _ := e.NewEncoder().String(s)
	return b
}

// A writer at full speed beside the reader: what is read before it is filled is not taken for a
// hole, nor half a line for a whole one.
func TestScenario35AFastWriter(t *testing.T) {
	g := newRig(t)
	const size = 8 << 20
	m := g.mapped("a.log", size)
	g.start()
	var all []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; m.used+1000 < size; i++ {
			line := fmt.Sprintf("%d %s", i, strings.Repeat("x", i*7919%700))
			all = append(all, line)
			m.write(line + "\n")
		}
	}()
	for over := false; !over; {
		select {
		case <-done:
			over = true
		default:
			g.step()
		}
	}
	m.close()
	g.wait()
	g.want(all...)
	g.quiet()
	if g.left != 0 {
		t.Fatalf("%d bytes count as skipped", g.left)
	}
}
