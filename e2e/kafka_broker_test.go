package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// kafkaStarts is how long brokers may take to start, or to find another leader, on a machine however slow.
const kafkaStarts = 3 * time.Minute

// kafkaMissing says why there is no real broker, or "". LOGSKIFF_KAFKA_LIBS names the folder of its jars, which
// .ci/run fills by testdata/kafka/pom.xml.
func kafkaMissing() string {
	jars, _ := filepath.Glob(filepath.Join(os.Getenv("LOGSKIFF_KAFKA_LIBS"), "kafka_*.jar"))
	switch {
	case path("java") == "":
		return "java is not installed (apt-get install openjdk-17-jre-headless)"
	case len(jars) == 0:
		return "there is no Kafka: LOGSKIFF_KAFKA_LIBS names no folder with its jars (mvn -f e2e/testdata/kafka/pom.xml dependency:copy-dependencies -DoutputDirectory=FOLDER -DincludeScope=runtime)"
	}
	return ""
}

// kafkaCluster is brokers that run as processes of their own.
type kafkaCluster struct {
	t     *testing.T
	dir   string
	nodes []*kafkaNode
}

type kafkaNode struct {
	id, port, control int
	more              string // further settings
	users             []string
	cmd               *exec.Cmd
	ended             chan struct{}
}

// newKafka starts n brokers. more are further settings of each; users are told to the formatter, as --add-scram has them.
func newKafka(t *testing.T, n int, more string, users ...string) *kafkaCluster {
	t.Helper()
	need(t, "kafka")
	c := &kafkaCluster{t: t, dir: t.TempDir()}
	for i := range n {
		c.nodes = append(c.nodes, &kafkaNode{id: i + 1, port: freePort(t), control: freePort(t), more: more, users: users})
	}
	for _, k := range c.nodes {
		c.format(k)
		c.start(k)
	}
	c.ready(n)
	return c
}

// java runs a class of Kafka's; heap is in megabytes.
func (c *kafkaCluster) java(heap int, class string, args ...string) *exec.Cmd {
	all := append([]string{"-Xms64m", fmt.Sprintf("-Xmx%dm", heap), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
		"-cp", filepath.Join(os.Getenv("LOGSKIFF_KAFKA_LIBS"), "*"), class}, args...)
	return exec.Command(path("java"), all...)
}

func (c *kafkaCluster) properties(k *kafkaNode) string {
	return filepath.Join(c.dir, fmt.Sprintf("%d.properties", k.id))
}

// format writes the settings of a node and makes its folder.
func (c *kafkaCluster) format(k *kafkaNode) {
	c.t.Helper()
	var voters []string
	for _, o := range c.nodes {
		voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", o.id, o.control))
	}
	more := strings.NewReplacer("$PORT", strconv.Itoa(k.port), "$CONTROL", strconv.Itoa(k.control)).Replace(k.more)
	if !strings.Contains(more, "listeners=") {
		more += fmt.Sprintf("\nlisteners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d\nlistener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n", k.port, k.control)
	}
	n := min(len(c.nodes), 3)
	text := fmt.Sprintf(`process.roles=broker,controller
node.id=%d
controller.quorum.voters=%s
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=%s
log.cleaner.dedupe.buffer.size=4194304
num.io.threads=2
num.network.threads=2
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
initial.broker.registration.timeout.ms=300000
default.replication.factor=%d
min.insync.replicas=%d
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
auto.create.topics.enable=false
%s
`, k.id, strings.Join(voters, ","), filepath.Join(c.dir, fmt.Sprint("data", k.id)), n, (n+1)/2, more)
	if err := os.WriteFile(c.properties(k), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	args := []string{"format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", c.properties(k)}
	for _, u := range k.users {
		args = append(args, "--add-scram", u)
	}
	if out, err := c.java(64, "kafka.tools.StorageTool", args...).CombinedOutput(); err != nil {
		c.t.Fatalf("cannot format the folder of a broker: %v\n%s", err, out)
	}
}

// start starts a node; it need not answer yet.
func (c *kafkaCluster) start(k *kafkaNode) {
	c.t.Helper()
	k.cmd, k.ended = c.java(160, "kafka.Kafka", c.properties(k)), make(chan struct{})
	var said bytes.Buffer
	k.cmd.Stdout, k.cmd.Stderr = &said, &said
	if err := k.cmd.Start(); err != nil {
		c.t.Fatalf("cannot start a broker: %v", err)
	}
	cmd, ended := k.cmd, k.ended
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is killed
	}()
	c.t.Cleanup(func() {
		c.kill(k)
		if c.t.Failed() {
			c.t.Logf("broker %d: %.3000s", k.id, said.String())
		}
	})
}

// kill ends a node as kill -9 does.
func (c *kafkaCluster) kill(k *kafkaNode) {
	_ = k.cmd.Process.Kill() // it may have ended
	<-k.ended
}

func (c *kafkaCluster) addrs() (all []string) {
	for _, k := range c.nodes {
		all = append(all, fmt.Sprintf("127.0.0.1:%d", k.port))
	}
	return all
}

func (c *kafkaCluster) client(o ...kgo.Opt) *kgo.Client {
	c.t.Helper()
	k, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.addrs()...), kgo.FetchMaxWait(200 * time.Millisecond)}, o...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	return k
}

// ready waits until n brokers answer.
func (c *kafkaCluster) ready(n int) {
	c.t.Helper()
	k := c.client()
	defer k.Close()
	eventually(c.t, kafkaStarts, fmt.Sprintf("%d brokers are there", n), func() bool {
		for _, node := range c.nodes {
			select {
			case <-node.ended:
				c.t.Fatalf("broker %d has ended", node.id)
			default:
			}
		}
		ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
		defer cancel()
		answer, err := kmsg.NewPtrMetadataRequest().RequestWith(ctx, k)
		return err == nil && len(answer.Brokers) == n
	})
}

// create makes a topic, with settings as name=value.
func (c *kafkaCluster) create(name string, partitions int, settings ...string) {
	c.t.Helper()
	k := c.client()
	defer k.Close()
	r := kmsg.NewPtrCreateTopicsRequest()
	one := kmsg.NewCreateTopicsRequestTopic()
	one.Topic, one.NumPartitions, one.ReplicationFactor = name, int32(partitions), int16(min(len(c.nodes), 3))
	for _, s := range settings {
		key, value, _ := strings.Cut(s, "=")
		setting := kmsg.NewCreateTopicsRequestTopicConfig()
		setting.Name, setting.Value = key, &value
		one.Configs = append(one.Configs, setting)
	}
	r.Topics = append(r.Topics, one)
	eventually(c.t, kafkaStarts, "topic "+name+" is made", func() bool {
		ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
		defer cancel()
		answer, err := r.RequestWith(ctx, k)
		if err != nil || len(answer.Topics) != 1 {
			return false
		}
		err = kerr.ErrorForCode(answer.Topics[0].ErrorCode)
		return err == nil || errors.Is(err, kerr.TopicAlreadyExists)
	})
}

// takes adds to l what a topic holds, until each of n lines has arrived, and then what else is there.
func (c *kafkaCluster) takes(l *ledger, topic string, n int) {
	c.t.Helper()
	k := c.client(kgo.ConsumeTopics(topic))
	defer k.Close()
	poll := func(wait time.Duration) int {
		ctx, cancel := context.WithTimeout(c.t.Context(), wait)
		defer cancel()
		all := k.PollFetches(ctx).Records()
		for _, r := range all {
			id := identity{offset: -1}
			for _, h := range r.Headers {
				switch h.Key {
				case "stream":
					id.stream = string(h.Value)
				case "offset":
					id.offset, _ = strconv.ParseInt(string(h.Value), 10, 64)
				}
			}
			l.addText(id, string(r.Value))
		}
		return len(all)
	}
	if !waitFor(kafkaStarts, func() bool { poll(2 * time.Second); return l.lines() >= n }) {
		l.exactlyOnce(c.t, "in the topic", n)
		c.t.Fatalf("%d of %d lines are in the topic", l.lines(), n)
	}
	for poll(2*time.Second) > 0 {
	}
}

func kafkaSender(name, settings string, addrs ...string) string {
	return fmt.Sprintf("[[sender]]\nname = %q\nkafka = { brokers = [%s]%s }\n", name, quoted(addrs), settings)
}
