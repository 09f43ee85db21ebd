package agent_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"logskiff/agent"
)

// bad is one wrong configuration, and what is said about it.
type bad struct{ name, text, said string }

func readBad(t *testing.T, path string) (head string, all []bad) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "\n=== ")
	for _, part := range parts[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		config, said, ok := strings.Cut("\n"+rest, "\n-->\n")
		if !ok {
			t.Fatalf("%s: there is no --> in %q", path, name)
		}
		all = append(all, bad{name, strings.TrimPrefix(config, "\n") + "\n", strings.TrimRight(said, "\n")})
	}
	return parts[0], all
}

// TestEachMistakeIsSaidWithPlaceAndAdvice holds all messages, to the byte. A change to one is
// read in testdata/bad.txt, which -update writes anew.
func TestEachMistakeIsSaidWithPlaceAndAdvice(t *testing.T) {
	const path = "testdata/bad.txt"
	head, all := readBad(t, path)
	if len(all) < 120 {
		t.Fatalf("there are only %d cases", len(all))
	}
	was, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	writeCertificates(t)
	out := head
	for _, c := range all {
		if err := os.WriteFile("c.toml", []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		said := "nothing"
		if _, err := agent.CheckFile("c.toml"); err != nil {
			said = err.Error()
		}
		out += "\n=== " + c.name + "\n" + c.text + "-->\n" + said + "\n"
		if !*update && said != c.said {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", c.name, said, c.said)
		}
		problems(t, c.name, said)
	}
	if *update {
		t.Chdir(was)
		if err := os.WriteFile(path, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// problems checks what holds for every message: it has a place, says what to do, is no
// text of a library, and shows no secret.
func problems(t *testing.T, name, said string) {
	t.Helper()
	if !strings.HasPrefix(said, "c.toml:") {
		t.Errorf("%s: no place: %s", name, said)
	}
	for _, l := range strings.Split(said, "\n") {
		if mark, ok := strings.CutPrefix(strings.TrimLeft(l, " "), "| "); ok && strings.Trim(mark, " ^") == "" {
			t.Errorf("%s: no advice: %s", name, said)
		}
	}
	for _, word := range []string{"canary", "toml:", "asn1", "x509:", "strconv", "Expected", "reflect", "<nil>", "%!"} {
		if strings.Contains(strings.ReplaceAll(said, "c.toml:", ""), word) {
			t.Errorf("%s: it says %q: %s", name, word, said)
		}
	}
}

// writeCertificates writes files of certificates, good and bad, into the working folder.
func writeCertificates(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ofKey := func(k *ecdsa.PrivateKey) []byte {
		text, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})
	}
	for name, text := range map[string][]byte{
		"cert.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), "key.pem": ofKey(key), "other.pem": ofKey(other),
		"cert.der": der, "text.pem": []byte("hello\n"), "empty.pem": nil,
		"encrypted.pem": pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}),
	} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// What an editor or a copy does to a file.
func TestFilesThatAreNoPlainText(t *testing.T) {
	const good = "[agent]\n\tlisten = \"off\" \n[[source]]\nname = \"a\"\nreader.file.paths = [\"/var/log/a.log\"]\n[[sender]]\nname = \"b\"\nfile.path = \"/x\"\n"
	t.Chdir(t.TempDir())
	var wide, mixed []byte
	for i := range len(good) {
		wide = append(wide, good[i], 0)
	}
	for line := range strings.Lines(good) {
		mixed = append(mixed, strings.TrimSuffix(line, "\n")+"\r\n"...)
	}
	f := func(name, text, said string) {
		t.Helper()
		if err := os.WriteFile("c.toml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got := ""
		if _, err := agent.CheckFile("c.toml"); err != nil {
			got = err.Error()
		}
		if said == "" && got != "" || !strings.Contains(got, said) {
			t.Errorf("%s: got %s", name, got)
		}
	}
	f("tabs and spaces", good, "")
	f("a byte order mark", "\ufeff"+good, "")
	f("CRLF", string(mixed), "")
	f("no newline at the end", strings.TrimSuffix(good, "\n"), "")
	f("UTF-16", "\xff\xfe"+string(wide), "c.toml:1:4: there is a NUL byte, as in UTF-16")
	f("UTF-16 without a mark", string(wide), "c.toml:1:2: there is a NUL byte, as in UTF-16")
	f("Latin-1", strings.Replace(good, "off", "\xe9", 1), "c.toml:2:11: there is a byte that is not UTF-8\n")
	f("a form feed", good+"\f\n", "c.toml:8:17: there is a control character here\n")
	f("a bell in text", strings.Replace(good, "off", "o\aff", 1), "c.toml:2:")
	f("CR alone", strings.ReplaceAll(good, "\n", "\r"), "c.toml:1:")

	if err := os.WriteFile("more.toml", []byte("[agent]\ninclude = [\"c.toml\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f("an included file that includes", strings.Replace(good, "[agent]\n", "[agent]\ninclude = [\"more.toml\"]\n", 1),
		"more.toml:1:2: an included file cannot hold [agent]\n  1 | [agent]\n    |  ^^^^^ write it in c.toml")
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	for path, said := range map[string]string{"folder": "cannot read file folder: it is a folder", "absent.toml": "absent.toml: no such file"} {
		if _, err := agent.CheckFile(path); err == nil || !strings.Contains(err.Error(), said) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}
