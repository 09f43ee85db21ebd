package e2e

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// hang stops a node without ending it, or lets it go on.
func (c *kafkaCluster) hang(k *kafkaNode, hangs bool) {
	c.t.Helper()
	s := syscall.SIGCONT
	if hangs {
		s = syscall.SIGSTOP
	}
	if err := k.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// leader returns the node that leads a partition.
func (c *kafkaCluster) leader(topic string, partition int32) *kafkaNode {
	c.t.Helper()
	k := c.client()
	defer k.Close()
	r := kmsg.NewPtrMetadataRequest()
	one := kmsg.NewMetadataRequestTopic()
	one.Topic = &topic
	r.Topics = append(r.Topics, one)
	var node *kafkaNode
	eventually(c.t, kafkaStarts, "there is a leader", func() bool {
		ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
		defer cancel()
		answer, err := r.RequestWith(ctx, k)
		if err != nil || len(answer.Topics) != 1 {
			return false
		}
		for _, p := range answer.Topics[0].Partitions {
			if p.Partition == partition && p.Leader > 0 {
				node = c.nodes[p.Leader-1]
			}
		}
		return node != nil
	})
	return node
}

// TestLeadersKilledAndHungLoseNothing kills and hangs those of three brokers that lead, one after another.
func TestLeadersKilledAndHungLoseNothing(t *testing.T) {
	c := newKafka(t, 3, "")
	c.create("logs", 2, "min.insync.replicas=2")
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgent(t, fileSource("app", w.path, "", "kafka"), kafkaSender("kafka", `, topic = "logs", value = "raw", timeout = "5s"`, c.addrs()...))
	a.start()
	flood := w.begin(3_000, 0)
	for range 2 {
		node := c.leader("logs", 0)
		pass(500 * time.Millisecond)
		c.kill(node)
		pass(5 * time.Second)
		c.start(node)
		c.ready(3)
		node = c.leader("logs", 1)
		c.hang(node, true)
		pass(8 * time.Second)
		c.hang(node, false)
		c.ready(3)
	}
	lines := flood.end()
	l := newLedger()
	c.takes(l, "logs", lines)
	eventually(t, kafkaStarts, "all is acknowledged", func() bool { return a.metric("logskiff_lag_bytes") == 0 })
	a.mustStop()
	l.exactlyOnce(t, "in the topic", lines)
	arrived, repeats := l.figures()
	t.Logf("2 leaders killed, 2 hung, %d lines; %d records are in the topic, %d repeats", lines, arrived, repeats)
}
