package e2e

import (
	"path/filepath"
	"testing"
	"time"
)

// TestAgentAndBrokerKilledAtRandomMomentsLoseNothing kills the agent, and now and then the only broker, while a program writes and
// rotates. Every line must be in the topic, and under one identity.
func TestAgentAndBrokerKilledAtRandomMomentsLoseNothing(t *testing.T) {
	rnd := random(t)
	c := newKafka(t, 1, "")
	c.create("logs", 3)
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgent(t, fileSource("app", w.path, "", "kafka"), kafkaSender("kafka", `, topic = "logs", value = "raw", timeout = "5s"`, c.addrs()...))
	flood := w.begin(5_000, 900*time.Millisecond)
	rounds, brokers := min(*kills, 50), 0
	for i := range rounds {
		a.start()
		pass(time.Duration(200+rnd.IntN(900)) * time.Millisecond)
		if i%12 == 3 { // its old registration has to be fenced first, which takes it seconds
			brokers++
			c.kill(c.nodes[0])
			pass(time.Duration(rnd.IntN(500)) * time.Millisecond)
			c.start(c.nodes[0])
		}
		a.kill()
	}
	a.start()
	lines := flood.end()
	c.ready(1)
	l := newLedger()
	c.takes(l, "logs", lines)
	eventually(t, kafkaStarts, "all is acknowledged", func() bool { return a.metric("logskiff_lag_bytes") == 0 })
	a.boundedMemory()
	a.mustStop()
	l.exactlyOnce(t, "in the topic", lines)
	arrived, repeats := l.figures()
	t.Logf("%d kills of the agent, %d of the broker, %d rotations, %d lines; %d records are in the topic, %d of them (%.2f %%) repeats",
		rounds, brokers, w.kept, lines, arrived, repeats, 100*float64(repeats)/float64(lines))
}
