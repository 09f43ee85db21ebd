// Package http posts batches to forwarders, or to anything else that takes
// lines over HTTP: our protocol (docs/protocol.md), on senders/httpclient. One endpoint
// is one URL; Send makes one attempt and classifies the answer.
//
// It must not retry, wait, choose among endpoints or keep bodies: agent/deliver
// does that once for all kinds of senders. What is true of HTTP whatever is sent over it
// is httpclient's.
package http
