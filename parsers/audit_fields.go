package parsers

import "logskiff/parsers/number"

// The field dictionary of the audit documentation,
// https://github.com/linux-audit/audit-documentation/blob/main/specs/fields/field-dictionary.csv

// isAuditNumber reports whether the dictionary calls a field numeric and it is written in
// decimal digits: not a0 to a3, modes, devices, capabilities and flags.
func isAuditNumber(name []byte) bool {
	switch string(name) {
	case "pid", "ppid", "opid", "spid", "vm-pid", "nlnk-pid", "nlnk-fam", "nlnk-grp",
		"uid", "auid", "euid", "suid", "fsuid", "ouid", "oauid", "sauid", "iuid", "obj_uid", "inode_uid", "old-auid",
		"gid", "egid", "sgid", "fsgid", "ogid", "igid", "obj_gid", "inode_gid", "new_gid",
		"ses", "old-ses", "oses", "id", "syscall", "exit", "errno", "sig", "sigev_signo", "fd", "argc", "nargs",
		"item", "items", "inode", "ino", "parent", "len", "list", "seqno", "qbytes", "ksize", "entries",
		"lport", "rport", "sport", "dport", "prom", "old_prom", "permissive", "enforcing", "old_enforcing",
		"added", "changed", "removed", "old-mem", "new-mem", "old-vcpu", "new-vcpu",
		"audit_enabled", "audit_failure", "audit_backlog_limit", "audit_backlog_wait_time":
		return true
	}
	return false
}

// isAuditEncoded reports whether the dictionary calls a field encoded: its value is quoted, or in
// hexadecimal when it has a quote, space or control character in it.
func isAuditEncoded(name []byte) bool {
	switch string(name) {
	case "acct", "addr", "apparmor", "cgroup", "cmd", "comm", "cwd", "data", "device", "dir", "exe", "file", "grp",
		"invalid_context", "key", "name", "ocomm", "path", "proctitle", "vm", "watch",
		"new-chardev", "new-disk", "new-fs", "new-net", "new-rng", "old-chardev", "old-disk", "old-fs", "old-net", "old-rng":
		return true
	}
	return false
}

// isAuditArgument reports whether a name is that of an argument of execve: a0, or a1[2] when it is in pieces.
func isAuditArgument(name []byte) bool {
	if len(name) < 2 || name[0] != 'a' {
		return false
	}
	end := number.DigitsEnd(name, 1)
	return end > 1 && (end == len(name) || name[end] == '[')
}

// isHex reports whether s is whole bytes in the upper-case hexadecimal digits that the
// kernel and libaudit write.
func isHex(s []byte) bool {
	for _, c := range s {
		if !number.IsDigit(c) && c-'A' > 5 {
			return false
		}
	}
	return len(s) > 0 && len(s)%2 == 0
}
