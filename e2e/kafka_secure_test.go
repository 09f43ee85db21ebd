package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// brokerCertificate writes a certificate of its own authority for 127.0.0.1, and one file with its key before it, as brokers want it.
func brokerCertificate(t *testing.T) (certFile, storeFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "broker"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	certFile, storeFile = filepath.Join(t.TempDir(), "ca.pem"), filepath.Join(t.TempDir(), "store.pem")
	for name, text := range map[string][]byte{certFile: cert, storeFile: append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), cert...)} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, storeFile
}

// TestARealBrokerWithTLSUsersRightsAndALimit: each mechanism is let in, who is not known or has no right is said, and a message
// that is too large goes to quarantine alone.
func TestARealBrokerWithTLSUsersRightsAndALimit(t *testing.T) {
	need(t, "kafka")
	ca, store := brokerCertificate(t)
	secure := freePort(t)
	const plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
	const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
	c := newKafka(t, 1, fmt.Sprintf(`listeners=PLAINTEXT://127.0.0.1:$PORT,SASL_SSL://127.0.0.1:%d,CONTROLLER://127.0.0.1:$CONTROL
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location=%s
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=%s user_alice="alice-secret" user_bob="bob-secret";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=%s
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=%s
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:alice
`, secure, store, plain, scram, scram), "SCRAM-SHA-256=[name=alice,password=alice-secret]", "SCRAM-SHA-512=[name=alice,password=alice-secret]")
	c.create("logs", 1, "max.message.bytes=3000")

	addr := fmt.Sprintf("127.0.0.1:%d", secure)
	settings := func(mechanism, user, password string) string {
		return fmt.Sprintf(`, topic = "logs", value = "raw", compression = "none", tls.ca = %q, sasl = { mechanism = %q, username = %q, password = %q }`, ca, mechanism, user, password)
	}
	try := func(mechanism, user, password string, code int, says string) {
		t.Helper()
		dir := t.TempDir()
		config := writeConfig(t, agentTable(dir, "127.0.0.1:7710"), fileSource("x", filepath.Join(dir, "x"), "", "kafka"), kafkaSender("kafka", settings(mechanism, user, password), addr))
		out, _, got := runOnce(t, dir, "test-sender", "-c", config, "--timeout", "60s")
		if got != code || !strings.Contains(out, says) || strings.Contains(out, password) {
			t.Errorf("%s %s: exit code %d, want %d and %q\n%s", mechanism, user, got, code, says, out)
		}
	}
	try("PLAIN", "alice", "alice-secret", 0, "logs may be written to")
	try("SCRAM-SHA-256", "alice", "alice-secret", 0, "SCRAM-SHA-256 as alice was accepted")
	try("SCRAM-SHA-512", "alice", "alice-secret", 0, "its certificate is for 127.0.0.1")
	try("SCRAM-SHA-512", "alice", "a-wrong-one", 1, "check sasl")
	try("PLAIN", "nobody", "a-wrong-one", 1, "check sasl")
	try("PLAIN", "bob", "bob-secret", 1, "the right to")

	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgent(t, fileSource("app", w.path, "", "kafka"), kafkaSender("kafka", settings("SCRAM-SHA-512", "alice", "alice-secret"), addr))
	w.write(200)
	w.buf = append(append(w.buf[:0], strings.Repeat("x", 5000)...), '\n')
	w.flush()
	w.write(200)
	a.start()
	l := newLedger()
	c.takes(l, "logs", 400)
	l.once(t, "in the topic", 400)
	eventually(t, failAfter, "the large line is in quarantine", func() bool { return a.metric("logskiff_quarantined_lines_total") == 1 })
	a.mustStop()
}
