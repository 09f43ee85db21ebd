package elasticsearch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"logskiff/senders"
	"logskiff/senders/httpclient"
)

// priority is above that of the templates for logs-*-* that Elasticsearch has itself (100).
const priority = 200

// Prepare writes an index template for all indexes that the settings can name.
func (e *endpoint) Prepare(ctx context.Context, sender string, say func(step string)) error {
	pattern := e.index.Pattern("*")
	if strings.HasPrefix(pattern, "*") {
		return errors.New("a template for " + pattern + " would be for indexes of others, too: begin index with a text, as in logs-{source}")
	}
	body, err := json.MarshalIndent(e.cfg.indexTemplateBody(pattern), "", "  ")
	if err != nil {
		return fmt.Errorf("cannot write the template: %w", err)
	}
	h := e.client.Header(3)
	h["Content-Type"] = []string{"application/json"}
	answer, err := e.client.Do(ctx, &httpclient.Request{Method: http.MethodPut, URL: e.url("/_index_template/logskiff-" + sender), Header: h, Body: body, Want: answerBase})
	if err != nil {
		return err
	}
	if answer.Status/100 != 2 {
		answer.Body = refusal(answer.Body)
		v := e.whole(&answer)
		if answer.Status == http.StatusForbidden {
			v.Advice = "the user needs the right manage_index_templates"
		}
		return errors.New(e.client.Reason(&answer, v.Advice))
	}
	kind := "indexes"
	if e.cfg.DataStream {
		kind = "data streams"
	}
	say(e.client.Clean(fmt.Sprintf("index template logskiff-%s: for %s named %s, with priority %d; those that are there already stay as they are", sender, kind, pattern, priority)))
	return nil
}

// object is a JSON object.
type object = map[string]any

// indexTemplateBody says how documents are indexed: texts are searched as a whole, but for the message, which is searched by its words, and
// none is taken for a date, since the next record's may be none.
func (c *Config) indexTemplateBody(pattern string) object {
	keyword := object{"type": "keyword", "ignore_above": 8191} // of 4 bytes each they stay below Lucene's limit
	body := object{
		"index_patterns": []string{pattern},
		"priority":       priority,
		"_meta":          object{"description": "written by logskiff sender setup"},
		"template": object{"mappings": object{
			"dynamic_templates": []object{{"strings": object{"match_mapping_type": "string", "mapping": keyword}}},
			"date_detection":    false,
			"properties": object{
				"@timestamp": object{"type": "date"},
				"message":    object{"type": "text"},
				"logskiff": object{"properties": object{
					"host": keyword, "source": keyword, "path": keyword, "stream": keyword,
					"offset": object{"type": "long"},
				}},
			},
		}},
	}
	if c.DataStream {
		body["data_stream"] = object{}
	}
	return body
}

var _ senders.Preparer = (*endpoint)(nil)
