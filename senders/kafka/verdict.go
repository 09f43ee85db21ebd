package kafka

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"

	"logskiff/senders"
)

// fate is what an answer for a partition leads to.
type fate uint8

const (
	fails    fate = iota // as class says, for all records of the partition that are left
	stored               // the broker has them
	moved                // another broker has to be asked
	strange              // the broker does not know the producer's numbers
	tooLarge             // smaller batches may be taken
	invalid              // records were looked at, and some will not be taken
)

// verdict is what an error code of Kafka means for us
// (https://kafka.apache.org/protocol.html#protocol_error_codes).
type verdict struct {
	fate    fate
	class   senders.Class
	topic   bool // all of the topic is concerned, not the partition alone
	whole   bool // the whole cluster is
	unknown bool // the broker may have the batch
	advice  string
}

// verdicts has the codes that Produce, Metadata and InitProducerID answer with. Others are said to be Retry where
// they are known to pass, else Held.
var verdicts = map[int16]verdict{
	0:                                 {fate: stored},
	kerr.DuplicateSequenceNumber.Code: {fate: stored},

	kerr.NotLeaderForPartition.Code: {fate: moved, class: senders.Retry},
	kerr.FencedLeaderEpoch.Code:     {fate: moved, class: senders.Retry},
	kerr.UnknownLeaderEpoch.Code:    {fate: moved, class: senders.Retry},
	kerr.KafkaStorageError.Code:     {fate: moved, class: senders.Retry},
	kerr.ReplicaNotAvailable.Code:   {fate: moved, class: senders.Retry},
	kerr.UnknownTopicID.Code:        {fate: moved, class: senders.Held, topic: true, advice: "the topic was deleted, or made anew"},
	kerr.InconsistentTopicID.Code:   {fate: moved, class: senders.Retry},
	kerr.UnknownTopicOrPartition.Code: {fate: moved, class: senders.Held, topic: true,
		advice: "create it, write auto_create = true where brokers create topics, or give the user the right to describe it"},
	kerr.LeaderNotAvailable.Code: {class: senders.Retry},
	kerr.BrokerNotAvailable.Code: {class: senders.Retry},
	kerr.NotController.Code:      {class: senders.Retry},

	kerr.OutOfOrderSequenceNumber.Code: {fate: strange, class: senders.Retry},
	kerr.UnknownProducerID.Code:        {fate: strange, class: senders.Retry},
	kerr.InvalidProducerEpoch.Code:     {fate: strange, class: senders.Retry},
	kerr.InvalidProducerIDMapping.Code: {fate: strange, class: senders.Retry},
	kerr.ProducerFenced.Code:           {fate: strange, class: senders.Retry},

	kerr.RequestTimedOut.Code:              {class: senders.Retry, unknown: true},
	kerr.NotEnoughReplicasAfterAppend.Code: {class: senders.Retry, unknown: true},
	kerr.NotEnoughReplicas.Code:            {class: senders.Retry, advice: "too few replicas are in sync for min.insync.replicas"},
	kerr.ThrottlingQuotaExceeded.Code:      {class: senders.Throttled},

	kerr.MessageTooLarge.Code:    {fate: tooLarge, class: senders.TooLarge},
	kerr.RecordListTooLarge.Code: {fate: tooLarge, class: senders.TooLarge},

	kerr.InvalidRecord.Code:    {fate: invalid, class: senders.Refused},
	kerr.InvalidTimestamp.Code: {fate: invalid, class: senders.Refused},
	kerr.CorruptMessage.Code:   {class: senders.Retry},

	kerr.InvalidTopicException.Code:      {class: senders.Refused, topic: true},
	kerr.TopicAuthorizationFailed.Code:   {class: senders.Held, topic: true, advice: "give the user the right to write to it"},
	kerr.PolicyViolation.Code:            {class: senders.Held, topic: true},
	kerr.UnsupportedCompressionType.Code: {class: senders.Held, topic: true, advice: "choose another compression"},
	kerr.UnsupportedForMessageFormat.Code: {class: senders.Held, topic: true,
		advice: "the topic's message format is older than Kafka 0.11"},

	kerr.ClusterAuthorizationFailed.Code: {class: senders.Held, whole: true, advice: "give the user the right IdempotentWrite"},
	kerr.SaslAuthenticationFailed.Code:   {class: senders.Held, whole: true, advice: "check sasl"},
	kerr.UnsupportedSaslMechanism.Code:   {class: senders.Held, whole: true, advice: "check sasl.mechanism"},
	kerr.IllegalSaslState.Code:           {class: senders.Held, whole: true, advice: "the listener wants no SASL, or another"},
	kerr.UnsupportedVersion.Code:         {class: senders.Held, whole: true, advice: "the brokers are too old, or too new"},
}

// verdictOf returns what a code means.
func verdictOf(code int16) verdict {
	if v, ok := verdicts[code]; ok {
		return v
	}
	if kerr.IsRetriable(kerr.ErrorForCode(code)) {
		return verdict{class: senders.Retry, unknown: true}
	}
	return verdict{class: senders.Held}
}

// said returns an error code in words.
func (v *verdict) said(code int16, message *string) string {
	text := fmt.Sprintf("error %d", code)
	if e := kerr.TypedErrorForCode(code); e != nil && e.Message != "" {
		text = e.Message
	}
	if message != nil && *message != "" {
		text += ": " + *message
	}
	if v.advice != "" {
		text += " (" + v.advice + ")"
	}
	return text
}
