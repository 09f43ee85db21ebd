package kafka

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"logskiff/conf"
	"logskiff/senders"
	"logskiff/senders/httpclient/httpclienttest"
)

const password = "pa,ss=word-1"

// refuseSASL makes brokers answer that a user is not known, as Kafka does; the fake by itself says nothing and hangs up.
func (f *fake) refuseSASL(n int) {
	f.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) { //nolint:revive // the order is kfake's
		if n--; n > 0 {
			f.KeepControl()
		}
		answer := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		answer.ErrorCode = kerr.SaslAuthenticationFailed.Code
		return answer, nil, true
	})
}

// secured is a cluster that speaks TLS and knows two users.
func secured(t *testing.T) (*fake, *httpclienttest.Authority) {
	t.Helper()
	a := httpclienttest.NewAuthority(t)
	certFile, keyFile := a.Server("broker")
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	f := newFake(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("SCRAM-SHA-256", "boss", password), kfake.Superuser("SCRAM-SHA-512", "boss512", password), kfake.Superuser("PLAIN", "plain", password),
		kfake.User("PLAIN", "reader", password, kfake.ACL{Resource: kmsg.ACLResourceTypeTopic, Name: "logs", Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationDescribe, Allow: true},
			kfake.ACL{Resource: kmsg.ACLResourceTypeCluster, Name: "kafka-cluster", Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationIdempotentWrite, Allow: true}),
		kfake.SeedTopics(2, "logs"))
	return f, a
}

func TestTLSAndEachMechanism(t *testing.T) {
	f, a := secured(t)
	for i, s := range []SASL{{"SCRAM-SHA-256", "boss", password}, {"SCRAM-SHA-512", "boss512", password}, {"PLAIN", "plain", password}} {
		e := f.sender(func(c *Config) { c.SASL, c.TLS.CA = s, a.File })
		delivered(t, e, batchOf(byte(i), "a", "b"))
	}
	if n := f.count("logs"); n != 6 {
		t.Errorf("%d of 6 are stored", n)
	}
}

func TestWhoIsNotKnownIsHeldAndThePasswordNotShown(t *testing.T) {
	f, a := secured(t)
	f.refuseSASL(1)
	e := f.sender(func(c *Config) { c.SASL, c.TLS.CA = SASL{"PLAIN", "plain", "secret-that-is-wrong"}, a.File })
	r := send(t, e, batchOf(1, "a"))
	if r.Class != senders.Held || len(r.Items) != 0 || !strings.Contains(r.Reason, "check sasl") || strings.Contains(r.Reason, "secret-that") {
		t.Errorf("got %+v", r)
	}
	e = f.sender(func(c *Config) { c.SASL, c.TLS.CA = SASL{"PLAIN", "reader", password}, a.File })
	r = send(t, e, batchOf(1, "a"))
	if r.Class != senders.Delivered || len(r.Items) != 1 || r.Items[0].Class != senders.Held || r.Items[0].Key != "logs" || !strings.Contains(r.Items[0].Reason, "the right to write") {
		t.Errorf("got %+v", r)
	}
	for what, change := range map[string]func(c *Config){
		"certificate": func(*Config) {},
		"certificate is valid for": func(c *Config) {
			c.TLS.CA, c.TLS.ServerName = a.File, "elsewhere.example"
		},
	} {
		e := f.sender(func(c *Config) {
			c.SASL, c.TLS.Enabled = SASL{"PLAIN", "plain", password}, true
			change(c)
		})
		if r := send(t, e, batchOf(1, "a")); r.Class != senders.Retry || !strings.Contains(r.Reason, what) {
			t.Errorf("%s: got %+v", what, r)
		}
	}
}

// steps tries an endpoint, and returns what it says and what is wrong.
func steps(t *testing.T, e *endpoint) (said, problem string) {
	t.Helper()
	var all []string
	if err := e.Check(t.Context(), func(s string) { all = append(all, s) }); err != nil {
		problem = err.Error()
	}
	return strings.Join(all, "\n"), problem
}

func TestAClusterIsTriedStepByStep(t *testing.T) {
	f, a := secured(t)
	g := func(change func(c *Config), problem string, want ...string) {
		t.Helper()
		e := f.sender(func(c *Config) {
			c.SASL, c.TLS.CA, c.AutoCreate = SASL{"SCRAM-SHA-256", "boss", password}, a.File, false
			change(c)
		})
		said, got := steps(t, e)
		if (got == "") != (problem == "") || !strings.Contains(got, problem) {
			t.Errorf("problem %q, want %q", got, problem)
		}
		at := 0
		for _, w := range want {
			i := strings.Index(said[at:], w)
			if i < 0 {
				t.Errorf("no step %q behind the first %d bytes of\n%s", w, at, said)
				continue
			}
			at += i
		}
		if strings.Contains(said+got, password) {
			t.Errorf("the password is shown:\n%s\n%s", said, got)
		}
	}
	addr := f.ListenAddrs()[0]
	g(func(*Config) {}, "", "broker "+addr+": connection: to 127.0.0.1:", "TLS: TLS 1.3", "its certificate is for", "SASL: SCRAM-SHA-256 as boss was accepted",
		"cluster: ", "brokers 0 at 127.0.0.1:", "topic: logs has 2 partitions, of which 0 have no leader", "topic: logs may be written to", "producer: the cluster gave id ", "nothing was written")
	g(func(c *Config) { c.Topic = "logs-{source}" }, "", "topic: logs-{source} depends on the record")
	g(func(c *Config) { c.Topic = "nobody" }, "topic nobody: UNKNOWN_TOPIC_OR_PARTITION", "SASL: ")
	g(func(c *Config) { c.Topic, c.AutoCreate = "nobody", true }, "", "is not there; the brokers will be asked")
	f.refuseSASL(1)
	g(func(c *Config) { c.SASL.Username = "nobody" }, "check sasl", "TLS: ")
	g(func(c *Config) { c.SASL = SASL{"PLAIN", "reader", password} }, "the right to write", "SASL: PLAIN as reader was accepted")
	g(func(c *Config) { c.TLS = TLS{Enabled: true} }, "cannot connect to any broker", "connection: to 127.0.0.1:", "no connection: TLS with")
	g(func(c *Config) { c.Brokers = append([]string{httpclienttest.Nobody(t)}, c.Brokers...) }, "", "no connection: ", "broker "+addr+": connection: to")
	plain := newFake(t)
	e := plain.sender(func(c *Config) { c.TLS.Enabled, c.ConnectTimeout = true, conf.Duration(300*time.Millisecond) })
	if _, problem := steps(t, e); !strings.Contains(problem, "TLS with") {
		t.Errorf("problem %q", problem)
	}
	plain.denyProducers()
	if said, problem := steps(t, plain.sender(nil)); !strings.Contains(problem, "cannot get a producer id: "+kerr.ClusterAuthorizationFailed.Message) || !strings.Contains(said, "the brokers will be asked") {
		t.Errorf("problem %q\n%s", problem, said)
	}
	if fmt.Sprint(plain.count("logs")+f.count("logs")) != "0" {
		t.Error("a check wrote something")
	}
}
