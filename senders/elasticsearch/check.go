package elasticsearch

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"logskiff/senders"
	"logskiff/senders/httpclient"
)

// Check posts a bulk request without a document, which is refused by whom it would be taken.
func (e *endpoint) Check(ctx context.Context, say func(step string)) error {
	h := e.client.Header(3)
	h["Content-Type"] = []string{"application/x-ndjson"}
	answer, err := e.client.Check(ctx, &httpclient.Request{Header: h, Want: answerBase}, say)
	if err != nil {
		return err
	}
	v := e.whole(&answer)
	said := refusal(answer.Body)
	switch {
	case answer.Status == http.StatusBadRequest && v.Class == senders.Refused && len(said) < len(answer.Body):
		say("bulk: it refuses a request without documents, as it should: " + e.client.Clean(string(said)))
	case answer.Status == http.StatusOK:
		say("bulk: it takes a request without documents")
	default:
		answer.Body = said
		return errors.New(e.client.Reason(&answer, v.Advice))
	}
	say(e.client.Clean(e.cluster(ctx)))
	say(e.client.Clean("index: " + e.cfg.Index + ", " + e.cfg.Action + "; whether it may be written to is not known before there is a document"))
	return nil
}

// cluster says who answers, as far as it may be asked.
func (e *endpoint) cluster(ctx context.Context) string {
	answer, err := e.client.Do(ctx, &httpclient.Request{Method: http.MethodGet, URL: e.url("/"), Header: e.client.Header(1), Want: answerBase})
	if err != nil {
		return "cluster: it does not say: " + err.Error()
	}
	var about struct {
		Cluster string `json:"cluster_name"`
		Version struct{ Number, Distribution string }
	}
	if answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &about) != nil {
		return "cluster: it does not say: " + e.client.Reason(&answer, "")
	}
	if about.Version.Distribution == "" {
		about.Version.Distribution = "elasticsearch"
	}
	return "cluster: " + about.Cluster + ", " + about.Version.Distribution + " " + about.Version.Number
}

// url returns that of another API at the same endpoint.
func (e *endpoint) url(path string) *url.URL {
	u := *e.client.URL()
	u.Path, u.RawPath, u.RawQuery = strings.TrimSuffix(u.Path, bulkPath)+path, "", ""
	return &u
}

var _ senders.Checker = (*endpoint)(nil)
