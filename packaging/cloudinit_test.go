package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// A server's root has what the images of clouds have, and what Ansible needs.
var serverPackages = []string{"systemd", "python3", "python3-apt", "cloud-init", "curl"}

// Nothing but what the snippet asks for: other modules would change this machine, whose
// kernel the root shares.
const onlyTheSnippet = `datasource_list: [NoCloud]
network: {config: disabled}
cloud_init_modules: [write-files]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-user]
`

// TestCloudInitInstalls runs the snippet with cloud-init in a Debian root, as a first boot
// does, with the package on a web server.
func TestCloudInitInstalls(t *testing.T) {
	_, files := built(t, "1.0.0", "deb")
	deb, err := os.ReadFile(files["deb"])
	if err != nil {
		t.Fatal(err)
	}
	f := newForwarder(t)
	snippet := func(address, checksum string) string {
		text, err := os.ReadFile("cloud-init.yaml")
		if err != nil {
			t.Fatal(err)
		}
		now := string(text)
		for _, change := range [][2]string{
			{"https://packages.example/logskiff_1.0.0_amd64.deb", address},
			{"SHA256-OF-THE-PACKAGE", checksum},
			{`"http://ingest-1:7711", "http://ingest-2:7711"`, `"` + f.url + `"`},
		} {
			if strings.Count(now, change[0]) != 1 {
				t.Fatalf("cloud-init.yaml has %d times %s", strings.Count(now, change[0]), change[0])
			}
			now = strings.Replace(now, change[0], change[1], 1)
		}
		return now
	}
	serves := func(what []byte) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(what) }))
		t.Cleanup(s.Close)
		return s.URL + "/logskiff_1.0.0_amd64.deb"
	}
	checksum := fmt.Sprintf("%x", sha256.Sum256(deb))

	h := newServer(t)
	// A package that is not the one that was meant: the boot goes on without an agent,
	// and says that something failed.
	for what, address := range map[string]string{
		"another package": serves(append(deb[:len(deb):len(deb)], 0)),
		"no package":      "http://127.0.0.1:" + freePort(t) + "/logskiff.deb",
	} {
		h.boot(snippet(address, checksum))
		h.want(false, "/usr/bin/logskiff", shippedConfig, "/var/lib/logskiff", "/var/lib/dpkg/info/logskiff.list")
		if len(h.errors()) == 0 {
			t.Errorf("%s: cloud-init reports no error\n%s", what, h.said.String())
		}
	}
	h.boot(snippet(serves(deb), checksum))
	if failed := h.errors(); len(failed) > 0 || !strings.Contains(h.said.String(), "ignoring command 'restart'") {
		t.Fatalf("cloud-init reports %q\n%s", failed, h.said.String())
	}
	if said := h.run("logskiff", "version"); !strings.HasPrefix(said, "logskiff 1.0.0 ") {
		t.Errorf("installed is %s", said)
	}
	write(t, h.path("/var/log/syslog"), "2026-11-21T02:20:47+00:00 web-1 app[7]: "+line(0)+"\n")
	edit(t, h.path(shippedConfig), `"127.0.0.1:7710"`, `"off"`)
	agent := h.start("/", "run", "-c", shippedConfig)
	f.wantOnce(1)
	agent.stop()
}

// server is a root that boots with cloud-init, each time as another machine.
type server struct {
	*host
	boots int
	said  output // what it wrote on the console
}

func newServer(t *testing.T) *server {
	t.Helper()
	h := &server{host: newHost(t, serverPackages...)}
	h.mountProc()
	if err := os.MkdirAll(h.path("/var/lib/cloud/seed/nocloud"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, h.path("/etc/cloud/cloud.cfg.d/99-test.cfg"), onlyTheSnippet)
	return h
}

func (h *server) boot(userData string) {
	h.t.Helper()
	h.boots++
	h.run("cloud-init", "clean")
	const seed = "/var/lib/cloud/seed/nocloud/"
	write(h.t, h.path(seed+"user-data"), userData)
	write(h.t, h.path(seed+"meta-data"), fmt.Sprintf("instance-id: web-%d\n", h.boots))
	h.run("cloud-init", "schema", "--config-file", seed+"user-data")
	for _, stage := range [][]string{{"init", "--local"}, {"init"}, {"modules", "--mode=config"}, {"modules", "--mode=final"}} {
		cmd := h.command(append([]string{"/usr/bin/cloud-init"}, stage...)...)
		cmd.Env = append(cmd.Env, "SYSTEMD_OFFLINE=1") // systemctl has nobody to talk to
		cmd.Stdout, cmd.Stderr = &h.said, &h.said
		// A stage that failed says so in the status; the next ones run in any case.
		cmd.Run() //nolint:errcheck // see above
	}
}

func (h *server) errors() (all []string) {
	h.t.Helper()
	text, err := os.ReadFile(h.path("/var/lib/cloud/data/status.json"))
	if err != nil {
		h.t.Fatalf("%v\n%s", err, h.said.String())
	}
	var status struct {
		V1 map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &status); err != nil {
		h.t.Fatal(err)
	}
	stages := 0
	for name, raw := range status.V1 {
		var stage struct {
			Errors   []string
			Finished *float64
		}
		if json.Unmarshal(raw, &stage) != nil || stage.Finished == nil {
			continue
		}
		stages++
		for _, e := range stage.Errors {
			all = append(all, name+": "+e)
		}
	}
	if stages != 4 {
		h.t.Fatalf("%d of 4 stages ran: %s", stages, text)
	}
	return all
}
