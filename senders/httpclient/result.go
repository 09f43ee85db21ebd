package httpclient

import "logskiff/senders"

// Result is what the verdict on the answer to q is for the agent.
//
// Kept connections end where something behind them is at fault: behind a balancer each can
// lead to another server, and the next request must be free to find a good one.
func (c *Client) Result(q *Request, a *Answer, v Verdict) senders.Result {
	r := senders.Result{Class: v.Class, Status: a.Status}
	switch v.Class {
	case senders.Delivered:
		if q.Fresh {
			c.CloseIdle()
		}
		return r
	case senders.Retry:
		c.CloseIdle()
		r.Wait = a.RetryAfter()
	case senders.Throttled:
		r.Wait = a.RetryAfter()
	case senders.Held:
		c.CloseIdle()
	}
	r.Reason = c.Reason(a, v.Advice)
	return r
}
