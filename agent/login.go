package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	resp, err := controlWith(ctx, dataDir, http.MethodPost, "api/v1/login-codes", "application/json", body)
	if why := context.Cause(ctx); err != nil && why != nil {
		err = fmt.Errorf("%w: %w", err, why)
	}
	if err != nil {
		return link, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return link, problemOf(resp)
	}
	if err := json.NewDecoder(resp.Body).Decode(&link); err != nil {
		return link, fmt.Errorf("cannot read the answer of the agent running in %s: %w", dataDir, err)
	}
	return link, nil
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
