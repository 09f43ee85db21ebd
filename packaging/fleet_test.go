package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// documents reads all YAML documents of a file.
func documents(t *testing.T, path string) (all []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc map[string]any
		err := d.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, doc)
	}
}

// binary compiles the agent as a release does.
func binary(t *testing.T) string {
	t.Helper()
	root := repository(t)
	if err := os.Chdir(root); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "logskiff")
	if err := compile(release{Version: "1.2.3", Date: time.Unix(0, 0)}, "amd64", path); err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(filepath.Join(root, "packaging")); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigurationsOfTheFleetAreGood(t *testing.T) {
	logskiff := binary(t)
	f := func(name, text string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "logskiff.toml")
		write(t, path, text)
		cmd := exec.Command(logskiff, "check", "-c", path)
		cmd.Env = append(os.Environ(), "NODE_NAME=node-1")
		if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("1 source(s), 1 sender(s)")) {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
	role := documents(t, "ansible/defaults/main.yml")[0]
	f("ansible", role["logskiff_config"].(string))
	boot := documents(t, "cloud-init.yaml")[0]
	f("cloud-init", boot["write_files"].([]any)[0].(map[string]any)["content"].(string))
	cluster := documents(t, "kubernetes.yaml")
	if len(cluster) != 2 || cluster[0]["kind"] != "ConfigMap" || cluster[1]["kind"] != "DaemonSet" {
		t.Fatalf("kubernetes.yaml has %d documents", len(cluster))
	}
	f("kubernetes", cluster[0]["data"].(map[string]any)["logskiff.toml"].(string))
}

// TestAContainersLinesAreJoinedAndNamed runs the configuration of the DaemonSet over a
// container's file, with its folders moved.
func TestAContainersLinesAreJoinedAndNamed(t *testing.T) {
	logskiff, dir := binary(t), t.TempDir()
	text := documents(t, "kubernetes.yaml")[0]["data"].(map[string]any)["logskiff.toml"].(string)
	text = strings.NewReplacer(`"127.0.0.1:7710"`, `"off"`, "/var/log", dir+"/log", "/var/lib/logskiff", dir+"/state").Replace(text)
	text = regexp.MustCompile(`(?m)^http = .*$`).ReplaceAllString(text, `file = { path = "`+dir+`/received" }`)
	write(t, filepath.Join(dir, "logskiff.toml"), text)
	for _, sub := range []string{"log/containers", "log/pods/shop_web-7d4b9_1/nginx"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	target := filepath.Join(dir, "log/pods/shop_web-7d4b9_1/nginx/0.log")
	write(t, target, "2026-11-21T02:20:47.123456789Z stdout P begun, \n2026-11-21T02:20:47.223456789Z stdout F and ended\n")
	name := "web-7d4b9_shop_nginx-" + strings.Repeat("0123456789abcdef", 4) + ".log"
	if err := os.Symlink(target, filepath.Join(dir, "log/containers", name)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(logskiff, "run", "-c", filepath.Join(dir, "logskiff.toml"))
	cmd.Env = append(os.Environ(), "NODE_NAME=node-1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait() //nolint:errcheck // it was killed
	}()
	var got string
	eventually(t, "the message is received", func() bool {
		files, err := filepath.Glob(dir + "/received/*.ndjson")
		if err != nil || len(files) == 0 {
			return false
		}
		text, err := os.ReadFile(files[0])
		got = string(text)
		return err == nil && strings.Contains(got, "\n")
	})
	for _, want := range []string{`"message":"begun, and ended"`, `"stream":"stdout"`,
		`"pod":"web-7d4b9"`, `"namespace":"shop"`, `"container":"nginx"`, `"pod_uid":"1"`, `"restart":"0"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in\n%s", want, got)
		}
	}
}

// TestTheBinaryNeedsNothingElse: the image holds only it, and certificates.
func TestTheBinaryNeedsNothingElse(t *testing.T) {
	if os.Geteuid() != 0 {
		missing(t, "only root can run a binary in an empty root")
	}
	h := &host{t, t.TempDir()}
	text, err := os.ReadFile(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.path("/logskiff"), text, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, h.path("/c.toml"), documents(t, "ansible/defaults/main.yml")[0]["logskiff_config"].(string))
	h.run("/logskiff", "check", "-c", "/c.toml")
}
