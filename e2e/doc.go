// Package e2e tests the built program as people run it: real processes, real
// files, real nginx and logrotate, kill -9 and full disks.
//
// It holds tests only. It knows the program by its command line, its
// configuration, its HTTP interfaces and the protocol of record/wire; it never
// calls into the agent.
package e2e
