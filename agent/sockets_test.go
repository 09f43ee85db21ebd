package agent_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"logskiff/agent/sdlisten/sdlistentest"
)

// TestASourceKeepsItsInheritedSocketThroughReloads: a client never notices a reload,
// and a socket that no source wants any more is named.
func TestASourceKeepsItsInheritedSocketThroughReloads(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	sockets, at := sdlistentest.Inherit(t, "tcp", "127.0.0.1:0")
	addr := at.String()
	h.sockets = sockets
	config := func(listen, tag string) string {
		return fmt.Sprintf("[[source]]\nname = \"in\"\nreader.http = { listen = %q }\ntags = { n = %q }\n%s", listen, tag, sender(r))
	}
	h.start(h.config(config(addr, "0")))
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	want := ""
	for i := range 3 {
		client.CloseIdleConnections()
		resp, err := client.Post("http://"+addr+"/v1/batch", "text/plain", strings.NewReader(fmt.Sprintf("line-%d\n", i)))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("line %d was answered %d", i, resp.StatusCode)
		}
		want = strings.TrimSpace(fmt.Sprintf("%s line-%d", want, i))
		if got := r.got(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if err := h.agent.Reload(h.config(config(addr, fmt.Sprint(i+1)))); err != nil {
			t.Fatal(err)
		}
	}
	const complaint = "no source listens on a socket that was inherited"
	if said := h.said(); strings.Contains(said, complaint) || strings.Contains(said, "cannot receive") {
		t.Errorf("it said\n%s", said)
	}
	if err := h.agent.Reload(h.config(config("127.0.0.1:0", ""))); err != nil {
		t.Fatal(err)
	}
	if said := h.said(); !strings.Contains(said, complaint) || !strings.Contains(said, "address="+addr+" unit=test.socket") {
		t.Errorf("it said\n%s", said)
	}
}
