// Package tailers compares the agent's own tailer with hpcloud/tail, for
// docs/decisions/001-own-tailer.md:
//
//	go test ./bench/tailers -bench . -benchtime 3x -run '^$'
//
// It has nothing but benchmarks and a test; nothing may import it.
package tailers
