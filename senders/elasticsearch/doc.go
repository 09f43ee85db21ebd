// Package elasticsearch sends records to indexes and data streams of Elasticsearch, OpenSearch, and of what speaks their
// bulk API. One endpoint is one node, or what stands before some; Send makes one bulk request and says of each record what
// came of it, as the answer does.
//
// A document's id is its record's identity, so that a record which comes again changes nothing.
//
// It must not retry, wait or keep bodies: agent/deliver does that. Templates of indexes are written when somebody asks for it
// (`logskiff sender setup`), and never by Send.
package elasticsearch
