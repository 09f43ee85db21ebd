package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"logskiff/agent/api"
)

// RequestLogin has the agent that runs in dataDir make a link to its page for a role, "" for an admin.
func RequestLogin(ctx context.Context, dataDir, role string) (link api.LoginCode, err error) {
	body, err := json.Marshal(map[string]string{"role": role})
	if err != nil {
		return link, fmt.Errorf("cannot ask for a link: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, askWait, &LateError{askWait})
	defer cancel()
	q := question{method: http.MethodPost, what: "api/v1/login-codes", wish: "application/json", body: body, refused: problemOf}
	err = askFor(ctx, dataDir, q, func(_ string, body io.Reader) error { return json.NewDecoder(body).Decode(&link) })
	return link, err
}

// problemOf says why the agent did not do what it was asked.
func problemOf(resp *http.Response) error {
	var p api.Problem
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || p.Error.Message == "" {
		return fmt.Errorf("the agent answered %s", resp.Status)
	}
	if p.Error.Advice != "" {
		return errors.New(p.Error.Message + "; " + p.Error.Advice)
	}
	return errors.New(p.Error.Message)
}
