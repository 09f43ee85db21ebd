package api

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The kernel says who is at the other end, with all of its groups; only root, the agent's user and its group are answered.
func TestOnlyRootTheAgentsUserAndItsGroupAreAnswered(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	there, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	me, _ := WithPeer(t.Context(), there).Value(peerKey{}).(peer)
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	if !me.known || me.uid != os.Getuid() || me.pid != os.Getpid() || me.groups[0] != os.Getgid() {
		t.Errorf("it is taken for %+v", me)
	}
	for _, g := range groups {
		if !slices.Contains(me.groups, g) {
			t.Errorf("group %d is not known: %+v", g, me)
		}
	}

	const agent, group = 900, 901
	f := func(what string, gid int, p peer, answered bool) {
		t.Helper()
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		h := OnlyPeers(agent, gid, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), peerKey{}, p)))
		if (w.Code == http.StatusNoContent) != answered {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
	f("root", -1, peer{known: true}, true)
	f("the agent's user", -1, peer{known: true, uid: agent, groups: []int{7}}, true)
	f("another", -1, peer{known: true, uid: 5, groups: []int{7}}, false)
	f("one of the group, where there is none", -1, peer{known: true, uid: 5, groups: []int{group}}, false)
	f("one of the group", group, peer{known: true, uid: 5, groups: []int{7, group}}, true)
	f("one of another group", group, peer{known: true, uid: 5, groups: []int{7, 8}}, false)
	f("one whose group is unknown", group, peer{known: true, uid: 5}, false)
	f("one whom the kernel does not know", group, peer{}, false)
}
