package elasticsearch

import (
	"net/http"
	"strings"

	"logskiff/senders"
)

// verdict is what the answer about a document means.
type verdict struct {
	class  senders.Class
	keyed  bool // it is true of all of that index
	advice string
}

// verdicts are of errors by their type. What is not here goes by its status.
var verdicts = map[string]verdict{
	// The document is there: an earlier attempt stored it.
	"version_conflict_engine_exception": {class: senders.Delivered},

	// Too much at present.
	"es_rejected_execution_exception": {class: senders.Throttled},
	"rejected_execution_exception":    {class: senders.Throttled},
	"circuit_breaking_exception":      {class: senders.Throttled},

	// The index does not take anything, and somebody has to act.
	"index_not_found_exception": {class: senders.Held, keyed: true, advice: "create it, or allow that in action.auto_create_index"},
	"index_closed_exception":    {class: senders.Held, keyed: true, advice: "open it"},
	"security_exception":        {class: senders.Held, keyed: true, advice: "give the user the rights create_doc and auto_configure on it"},
	"validation_exception":      {class: senders.Held, keyed: true}, // no more shards may be opened
	"routing_missing_exception": {class: senders.Held, keyed: true, advice: "its mapping wants a routing, which is not sent"},

	// It may be well in a moment.
	"unavailable_shards_exception":            {class: senders.Retry, keyed: true},
	"no_shard_available_action_exception":     {class: senders.Retry, keyed: true},
	"process_cluster_event_timeout_exception": {class: senders.Retry, keyed: true},
	"resource_already_exists_exception":       {class: senders.Retry, keyed: true},
	"node_closed_exception":                   {class: senders.Retry},

	// The document will not be taken.
	"mapper_parsing_exception":         {class: senders.Refused},
	"document_parsing_exception":       {class: senders.Refused},
	"strict_dynamic_mapping_exception": {class: senders.Refused},
	"invalid_index_name_exception":     {class: senders.Refused},
}

// ofTheIndex are beginnings or parts of what illegal_argument_exception says where it is about the index and not about the document.
var ofTheIndex = map[string]string{
	"only write ops with an op_type of create are allowed in data streams": `write action = "create"`,
	"pipeline with id":         "create the pipeline, or take it out of the endpoint's query or the index's settings",
	"no write index":           "say which index of the alias is written to",
	"more than one ind":        "write to an alias of one index, or say which index of it is written to", // alias [a] has more than one index/indices associated with it
	"maximum shards open":      "",
	"maximum normal shards":    "",
	"Cannot write to a system": "",
}

// verdictOf returns what the answer about a document means.
func verdictOf(s *said) verdict {
	kind := strings.Trim(string(s.kind), `"`)
	switch {
	case kind == "illegal_argument_exception":
		for part, advice := range ofTheIndex {
			if strings.Contains(string(s.reason), part) {
				return verdict{class: senders.Held, keyed: true, advice: advice}
			}
		}
		return verdict{class: senders.Refused}
	case kind == "cluster_block_exception" && s.status == http.StatusServiceUnavailable: // no node leads, or the state is being recovered
		return verdict{class: senders.Retry, keyed: true}
	case kind == "cluster_block_exception":
		return verdict{class: senders.Held, keyed: true}
	}
	if v, ok := verdicts[kind]; ok {
		return v
	}
	switch {
	case s.status >= 200 && s.status < 300:
		return verdict{class: senders.Delivered}
	case s.status == http.StatusRequestEntityTooLarge:
		return verdict{class: senders.TooLarge}
	case s.status == http.StatusTooManyRequests:
		return verdict{class: senders.Throttled}
	case s.status == http.StatusUnauthorized, s.status == http.StatusForbidden, s.status == http.StatusNotFound:
		return verdict{class: senders.Held, keyed: true}
	case s.status == http.StatusConflict, s.status == http.StatusRequestTimeout:
		return verdict{class: senders.Retry}
	case s.status == http.StatusServiceUnavailable, s.status == http.StatusInsufficientStorage:
		return verdict{class: senders.Retry, keyed: true}
	case s.status >= 400 && s.status < 500:
		return verdict{class: senders.Refused}
	}
	return verdict{class: senders.Retry}
}
