package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// cluster decodes the manifest into the types of the API, which refuses unknown and
// repeated keys and wrong types.
func cluster(t *testing.T) (core.ConfigMap, apps.DaemonSet) {
	t.Helper()
	text, err := os.ReadFile("kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var config core.ConfigMap
	var set apps.DaemonSet
	parts := bytes.Split(text, []byte("\n---\n"))
	if len(parts) != 2 {
		t.Fatalf("kubernetes.yaml has %d documents", len(parts))
	}
	for i, into := range []any{&config, &set} {
		if err := yaml.UnmarshalStrict(parts[i], into); err != nil {
			t.Fatalf("document %d: %v", i+1, err)
		}
	}
	want := []meta.TypeMeta{{Kind: "ConfigMap", APIVersion: "v1"}, {Kind: "DaemonSet", APIVersion: "apps/v1"}}
	if got := []meta.TypeMeta{config.TypeMeta, set.TypeMeta}; !reflect.DeepEqual(got, want) {
		t.Fatalf("kubernetes.yaml has %v", got)
	}
	return config, set
}

func TestTheDaemonSetIsConsistent(t *testing.T) {
	config, set := cluster(t)
	pod := set.Spec.Template
	selector, err := meta.LabelSelectorAsSelector(set.Spec.Selector)
	if err != nil || set.Namespace != config.Namespace {
		t.Fatal(err, set.Namespace, config.Namespace)
	}
	for key, value := range set.Spec.Selector.MatchLabels {
		if pod.Labels[key] != value {
			t.Errorf("%v selects no pod with %v", selector, pod.Labels)
		}
	}
	volumes := map[string]core.Volume{}
	for _, v := range pod.Spec.Volumes {
		volumes[v.Name] = v
	}
	agent := pod.Spec.Containers[0]
	for _, m := range agent.VolumeMounts {
		v, found := volumes[m.Name]
		if !found {
			t.Errorf("there is no volume %s", m.Name)
		}
		if v.HostPath != nil && v.HostPath.Path != m.MountPath {
			t.Errorf("%s is mounted at %s", v.HostPath.Path, m.MountPath)
		}
		if writable := m.MountPath == "/var/lib/logskiff"; m.ReadOnly == writable {
			t.Errorf("%s: read-only: %v", m.MountPath, m.ReadOnly)
		}
		delete(volumes, m.Name)
	}
	if len(volumes) > 0 || config.Name != "logskiff" {
		t.Errorf("not mounted: %v", volumes)
	}
	for _, m := range regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(config.Data["logskiff.toml"], -1) {
		if len(agent.Env) != 1 || agent.Env[0].Name != m[1] {
			t.Errorf("the configuration wants %s, there is %v", m[1], agent.Env)
		}
	}
	if s := agent.SecurityContext; !*s.ReadOnlyRootFilesystem || *s.AllowPrivilegeEscalation || !reflect.DeepEqual(s.Capabilities.Drop, []core.Capability{"ALL"}) {
		t.Errorf("the container may do more than it needs: %v", s)
	}
	// The state is locked by the agent that is to go.
	if u := set.Spec.UpdateStrategy; u.Type != apps.RollingUpdateDaemonSetStrategyType || u.RollingUpdate.MaxSurge.String() != "0" {
		t.Errorf("it is updated by %v", u)
	}
	if wait, grace := stopTimeout(t, config.Data["logskiff.toml"]), time.Duration(*pod.Spec.TerminationGracePeriodSeconds)*time.Second; grace < 2*wait {
		t.Errorf("it gets %v to stop, and may wait %v for acknowledgements", grace, wait)
	}
}

// stopTimeout is what a configuration says, or the default of the reference.
func stopTimeout(t *testing.T, config string) time.Duration {
	t.Helper()
	m := regexp.MustCompile(`(?m)^ *stop_timeout *= *"([^"]+)"`).FindStringSubmatch(config)
	if m == nil {
		reference, err := os.ReadFile("../docs/configuration.md")
		if err != nil {
			t.Fatal(err)
		}
		if m = regexp.MustCompile("`stop_timeout` \\| duration \\| `\"([^\"]+)\"`").FindStringSubmatch(string(reference)); m == nil {
			t.Fatal("docs/configuration.md does not tell the default of stop_timeout")
		}
	}
	wait, err := time.ParseDuration(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return wait
}

// TestTheProbesAreAnswered runs the configuration of the DaemonSet and asks what the
// kubelet asks: live always, ready when a forwarder takes batches.
func TestTheProbesAreAnswered(t *testing.T) {
	config, set := cluster(t)
	pod := set.Spec.Template.Spec
	agent := pod.Containers[0]
	if !pod.HostNetwork || pod.DNSPolicy != core.DNSClusterFirstWithHostNet {
		t.Error("the kubelet reaches a loopback address only on the node's own network, and Services only by the cluster's DNS")
	}
	r := newReceiver(t)
	dir, port := t.TempDir(), freePort(t)
	const listen = "127.0.0.1:7710"
	text := config.Data["logskiff.toml"]
	if !strings.Contains(text, `listen   = "`+listen+`"`) || !strings.Contains(text, "http://ingest.logging.svc:7711") {
		t.Fatalf("the configuration is\n%s", text)
	}
	text = strings.NewReplacer(listen, "127.0.0.1:"+port, "/var/log", dir, "/var/lib/logskiff", dir+"/state", "http://ingest.logging.svc:7711", r.URL).Replace(text)
	write(t, filepath.Join(dir, "logskiff.toml"), text)
	if err := os.Mkdir(filepath.Join(dir, "containers"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary(t), "run", "-c", filepath.Join(dir, "logskiff.toml"))
	cmd.Env = append(os.Environ(), "NODE_NAME=node-1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait() //nolint:errcheck // it was killed
	}()
	for name, probe := range map[string]*core.Probe{"startup": agent.StartupProbe, "liveness": agent.LivenessProbe, "readiness": agent.ReadinessProbe} {
		get := probe.HTTPGet
		if get.Host+":"+get.Port.String() != listen {
			t.Errorf("the %s probe asks %s:%s", name, get.Host, get.Port.String())
		}
		eventually(t, name+" is answered", func() bool {
			resp, err := http.Get(fmt.Sprintf("http://%s:%s%s", get.Host, port, get.Path))
			if err != nil {
				return false
			}
			resp.Body.Close()
			return resp.StatusCode == http.StatusOK
		})
	}
}
