// Package kafka sends records to topics of Apache Kafka, and of what speaks its protocol. The one endpoint is
// the whole cluster; Send makes one attempt with one body and says of each record what came of it.
//
// franz-go keeps the connections, authenticates and speaks the protocol's versions. Its producer is not used: that one
// queues, copies and retries by itself, which agent/deliver does for all senders, and an attempt that a context ends must
// be over then. So record batches are made here, straight from the body, and numbered here (lane.go), so that a
// cluster that already has a batch recognises it when it comes again.
//
// It must not retry, wait for better times or keep bodies.
package kafka
