// Package discover finds the logs of a host: what web servers and logrotate name
// in their configurations, what lies in known places, what processes hold open
// for writing, and what grows. For each it suggests a parser, by how many real
// lines that parser reads.
//
// It only looks: it reads a bounded part of each file, never opens what is not a
// regular file, and takes what it may not read for a finding. What it says can be
// printed for machines and as TOML; terminals are command/console's.
package discover
