// Package http is reader.http: it takes batches over HTTP, from agents or from
// anything that can POST lines, and answers 2xx only once what they hold has been
// delivered. docs/protocol.md specifies what it accepts and answers.
//
// It must not parse fields, write anything to disk, or remember what it has
// seen: leaving out repeats is the work of whoever stores the records.
package http
