package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// web is what the forwarders received of the two access logs.
type web struct{ combined, custom *ledger }

var numbered = regexp.MustCompile(`^/(?:r|gone)/(\d+)`)

// readWeb reads the forwarders' files and checks every field of every record, but
// of those whose text is among halves: lines that were cut off when they were logged.
func readWeb(t *testing.T, halves map[string]bool, forwarders ...*forwarder) web {
	t.Helper()
	w := web{newLedger(), newLedger()}
	wrong := 0
	for _, f := range forwarders {
		one := web{newLedger(), newLedger()}
		eachReceived(t, f.dir, func(line []byte) {
			if why := one.add(line); why != "" && !halves[messageOf(line)] {
				if wrong++; wrong <= 10 {
					t.Errorf("%s: %s", why, line)
				}
			}
		})
		one.combined.noRepeats(t, f.name)
		one.custom.noRepeats(t, f.name)
		w.combined.merge(one.combined)
		w.custom.merge(one.custom)
	}
	if wrong > 10 {
		t.Errorf("%d records are wrong in all", wrong)
	}
	return w
}

// messageOf returns the text of a record that was sent raw.
func messageOf(line []byte) string {
	var r struct{ Message string }
	if json.Unmarshal(line, &r) != nil {
		return ""
	}
	return r.Message
}

// add notes one record and returns what is wrong with it.
func (w web) add(line []byte) string {
	var r map[string]any
	if err := json.Unmarshal(line, &r); err != nil {
		return err.Error()
	}
	uri, _ := r["request_uri"].(string)
	found := numbered.FindStringSubmatch(uri)
	if found == nil {
		return "it has no numbered request_uri"
	}
	n, _ := strconv.Atoi(found[1])
	v := visitOf(n)
	stream, _ := r["_stream"].(string)
	offset, _ := r["_offset"].(float64)
	id := identity{stream, int64(offset)}

	want := map[string]any{
		"remote_addr": "127.0.0.1", "request_method": v.method, "request_uri": v.uri,
		"server_protocol": "HTTP/1.1", "status": float64(v.status),
	}
	var typed []string // numbers that do not follow from the request
	source, _ := r["_source"].(string)
	if path, _ := r["_path"].(string); !strings.HasPrefix(filepath.Base(path), source+".log") {
		return "_path is not the log's"
	}
	switch source {
	case "combined":
		want["http_user_agent"] = v.agent
		if v.referer != "" {
			want["http_referer"] = v.referer
		} else if _, there := r["http_referer"]; there {
			return "a referer that was not sent"
		}
		typed = []string{"body_bytes_sent"}
		w.combined.add(id, n)
	case "custom":
		want["http_x_id"] = fmt.Sprint(n)
		typed = []string{"bytes_sent", "request_time", "connection_requests"}
		if _, there := r["upstream_addr"]; there {
			return "an upstream_addr where there is none"
		}
		w.custom.add(id, n)
	default:
		return "_source is neither log"
	}
	for key, value := range want {
		if r[key] != value {
			return fmt.Sprintf("%s is %#v, want %#v", key, r[key], value)
		}
	}
	for _, key := range typed {
		if _, ok := r[key].(float64); !ok {
			return fmt.Sprintf("%s is %#v, want a number", key, r[key])
		}
	}
	at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(r["time"]))
	if age := time.Since(at); err != nil || age < -time.Second || age > time.Hour {
		return fmt.Sprintf("time is %v (%v)", r["time"], err)
	}
	return ""
}
