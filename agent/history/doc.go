// Package history keeps what the charts of the last quarter of an hour show: a value a second
// for each figure of each source, sender and endpoint, within a bound of memory.
//
// It is told figures and knows nothing of where they come from.
package history
