package http

import (
	"context"
	"errors"

	"logskiff/senders"
	"logskiff/senders/httpclient"
)

// Check posts an empty body, which is no record to anybody: a forwarder looks at who asks and how,
// and answers that it has taken none.
func (e *endpoint) Check(ctx context.Context, say func(step string)) error {
	h := e.client.Header(1)
	h["Content-Type"] = []string{e.contentType}
	answer, err := e.client.Check(ctx, &httpclient.Request{Header: h}, say)
	if err != nil {
		return err
	}
	v := e.verdict(&answer, &senders.Payload{})
	switch v.Class {
	case senders.Delivered:
	case senders.Refused, senders.TooLarge:
		say("it refuses a body without records, which says nothing of one with some: " + e.client.Reason(&answer, ""))
		return nil
	default:
		return errors.New(e.client.Reason(&answer, v.Advice))
	}
	switch takesLines := e.forms.heard(answer.Header); {
	case e.shortcut && takesLines:
		say("format: " + e.contentType + "; it is a forwarder that takes raw lines without JSON around them, so these go as they are")
	case e.shortcut:
		say("format: " + e.contentType + ", raw lines too: it does not say that it takes them without JSON around them")
	default:
		say("format: " + e.contentType)
	}
	return nil
}
