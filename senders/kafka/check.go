package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"logskiff/senders"
	"logskiff/senders/httpclient"
)

// Check goes the way of a batch as far as that is possible without one, over connections of its own.
func (e *endpoint) Check(ctx context.Context, tell func(step string)) error {
	say := func(format string, args ...any) { tell(httpclient.Clean(fmt.Sprintf(format, args...), e.hide)) }
	if err := e.checkBrokers(ctx, say); err != nil {
		return e.clean(err)
	}
	client, err := kgo.NewClient(e.options...)
	if err != nil {
		return fmt.Errorf("cannot build the client: %w", err)
	}
	defer client.Close()
	if err := e.checkTopic(ctx, client, say); err != nil {
		return e.clean(err)
	}
	answer, err := e.askForProducer(ctx, client)
	if err == nil && answer.ErrorCode != 0 {
		v := verdictOf(answer.ErrorCode)
		err = errors.New(v.said(answer.ErrorCode, nil))
	}
	if err != nil {
		return e.clean(fmt.Errorf("cannot get a producer id: %w", err))
	}
	say("producer: the cluster gave id %d, so batches are numbered", answer.ProducerID)
	say("nothing was written")
	return nil
}

func (e *endpoint) clean(err error) error {
	return errors.New(httpclient.Clean(err.Error(), e.hide))
}

// checkBrokers connects to each broker of the settings. One that answers is enough.
func (e *endpoint) checkBrokers(ctx context.Context, say func(format string, args ...any)) error {
	var failed []error
	for _, addr := range e.cfg.Brokers {
		if err := e.checkBroker(ctx, addr, say); err != nil {
			say("broker %s: no connection: %v", addr, err)
			failed = append(failed, fmt.Errorf("broker %s: %w", addr, err))
		}
	}
	if len(failed) == len(e.cfg.Brokers) {
		return fmt.Errorf("cannot connect to any broker: %w", errors.Join(failed...))
	}
	return nil
}

func (e *endpoint) checkBroker(ctx context.Context, addr string, say func(format string, args ...any)) error {
	within, cancel := context.WithTimeout(ctx, e.dialer.limit)
	defer cancel()
	host, _, _ := net.SplitHostPort(addr) // Validate looked at it
	began := time.Now()
	if net.ParseIP(host) == nil {
		found, err := net.DefaultResolver.LookupHost(within, host)
		if err != nil {
			return err
		}
		say("broker %s: name: %s, after %s", addr, strings.Join(found, ", "), httpclient.Since(began))
	}
	began = time.Now()
	c, err := e.dialer.connect(within, "tcp", addr)
	if err != nil {
		return err
	}
	say("broker %s: connection: to %s, after %s", addr, c.RemoteAddr(), httpclient.Since(began))
	if e.dialer.tls == nil {
		return c.Close()
	}
	began = time.Now()
	secure, err := e.dialer.handshake(within, c, addr)
	if err != nil {
		return err
	}
	if t, ok := secure.(*tls.Conn); ok {
		state := t.ConnectionState()
		say("broker %s: %s", addr, httpclient.Handshake(state, httpclient.Since(began)))
	}
	_ = c.Close() // a server that does not answer the closing of TLS is none of our business
	return nil
}

// checkTopic asks about the cluster and, where the settings name one topic, about that.
func (e *endpoint) checkTopic(ctx context.Context, client *kgo.Client, say func(format string, args ...any)) error {
	r := kmsg.NewPtrMetadataRequest()
	r.Topics = []kmsg.MetadataRequestTopic{}
	name, fixed := e.fixedTopic()
	if fixed {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = &name
		r.Topics = append(r.Topics, t)
		r.IncludeTopicAuthorizedOperations = true
	}
	answer, err := r.RequestWith(ctx, client)
	if err != nil {
		var kafka *kerr.Error
		if errors.As(err, &kafka) {
			v := verdictOf(kafka.Code)
			err = fmt.Errorf("%w (%s)", err, v.advice)
		}
		return fmt.Errorf("cannot ask about the cluster: %w", err)
	}
	if m := e.cfg.SASL.Mechanism; m != "" {
		say("SASL: %s as %s was accepted", m, e.cfg.SASL.Username)
	}
	var all []string
	for _, b := range answer.Brokers {
		all = append(all, fmt.Sprintf("%d at %s", b.NodeID, net.JoinHostPort(b.Host, fmt.Sprint(b.Port))))
	}
	id := "without a name"
	if answer.ClusterID != nil {
		id = *answer.ClusterID
	}
	say("cluster: %s, brokers %s", id, strings.Join(all, ", "))
	if !fixed {
		say("topic: %s depends on the record, so whether it is there and may be written to is not known", e.cfg.Topic)
		return nil
	}
	return e.judgeTopic(&answer.Topics[0], say)
}

// fixedTopic returns the topic that all records go to. false: it depends on the record.
func (e *endpoint) fixedTopic() (string, bool) {
	if strings.ContainsAny(e.cfg.Topic, "{}") {
		return "", false
	}
	return e.cfg.Topic, true
}

// writeOperation is the bit of the right to write among a topic's authorized operations (KIP-430).
const writeOperation = 1 << int32(kmsg.ACLOperationWrite)

func (e *endpoint) judgeTopic(said *kmsg.MetadataResponseTopic, say func(format string, args ...any)) error {
	name := e.cfg.Topic
	t := topicOf(said, time.Time{})
	if v := verdictOf(t.code); v.fate != stored {
		if e.cfg.AutoCreate && t.code == kerr.UnknownTopicOrPartition.Code {
			say("topic: %s is not there; the brokers will be asked to create it with the first record", name)
			return nil
		}
		return fmt.Errorf("topic %s: %s", name, v.said(t.code, nil))
	}
	without := 0
	for _, l := range t.leaders {
		if l < 0 {
			without++
		}
	}
	say("topic: %s has %d partitions, of which %d have no leader at present", name, len(t.leaders), without)
	switch ops := said.AuthorizedOperations; {
	case ops == -1<<31:
		say("topic: whether it may be written to is not known: these brokers do not say")
	case ops&writeOperation == 0:
		v := verdictOf(kerr.TopicAuthorizationFailed.Code)
		return fmt.Errorf("topic %s: %s", name, v.said(kerr.TopicAuthorizationFailed.Code, nil))
	default:
		say("topic: %s may be written to", name)
	}
	return nil
}

var _ senders.Checker = (*endpoint)(nil)
