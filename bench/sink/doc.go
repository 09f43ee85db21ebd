// Package sink is the receiving end of a benchmark: HTTP and TCP servers on
// loopback that check every byte of every line against what package gen would
// have written, and count what is missing, repeated or altered.
//
// It shares the machine with what it measures, so it must stay cheap: no parsing
// on the usual path, no allocation per line. It knows nothing of agents or
// their settings.
package sink
