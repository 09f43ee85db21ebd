// Package access decides who may ask the agent for what: roles, login codes, the sessions they are exchanged
// for, how often a log-in may fail, and the audit log.
//
// It speaks no HTTP. Codes and tokens are handed out once and kept as hashes; clocks are handed in.
package access
