// Package httpsend posts batches to forwarders, or to anything else that takes
// lines over HTTP. One Endpoint is one URL with its own connections; Send makes
// one attempt and classifies the answer.
//
// It must not retry, wait, choose among endpoints or keep bodies: agent/deliver
// does that once for all kinds of senders.
package httpsend
