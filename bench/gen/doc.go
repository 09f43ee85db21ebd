// Package gen makes the benchmark's log lines: line n is always the same bytes,
// so a file of millions of them can be written from a small table, and whoever
// receives them can tell, with a few comparisons, whether line n arrived as it
// was written, whatever shape an agent gave it on the way.
//
// It knows lines and shapes only: no network, no processes, no measuring.
package gen
