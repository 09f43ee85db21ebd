// Package httpclient is what all senders that speak HTTP stand on: the settings they
// share, connections, TLS, authentication, proxies, and what an answer means by HTTP
// alone. One Client is one URL with its own connections; Do makes one request.
//
// It must not know what a body or an answer says in its sender's protocol, and must
// not retry, wait, follow redirects or choose among URLs: the first is the sender's,
// the rest is done once for all senders, by agent/deliver.
package httpclient
