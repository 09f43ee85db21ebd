package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// describeMachine says what the figures were made on, as far as it can be read.
func describeMachine() string {
	model := "unknown processor"
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(data)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	kernel := ""
	if data, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		kernel = ", Linux " + strings.TrimSpace(string(data))
	}
	rsyslog := ""
	if sub, err := rsyslogVersion(); err == nil {
		rsyslog = ", rsyslog " + sub
	}
	load := "" // of others: a busy machine makes poor figures
	if data, err := os.ReadFile("/proc/loadavg"); err == nil {
		if one, _, ok := strings.Cut(string(data), " "); ok {
			load = ", load average " + one + " before the first run"
		}
	}
	return fmt.Sprintf("%d × %s%s, %s%s%s", runtime.NumCPU(), model, kernel, runtime.Version(), rsyslog, load)
}

func rsyslogVersion() (string, error) {
	path, err := exec.LookPath("rsyslogd")
	if err != nil {
		path = "/usr/sbin/rsyslogd"
	}
	out, err := exec.Command(path, "-v").Output()
	if err != nil {
		return "", err
	}
	fields := strings.Fields(string(out))
	if len(fields) < 2 {
		return "", fmt.Errorf("cannot read rsyslog's version from %q", out)
	}
	return fields[1], nil
}
