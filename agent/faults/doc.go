// Package faults remembers what goes wrong in a running agent: since when, how often, and when it was over; and it says when a fault that
// lasts is to be said again.
//
// It is told, at every look, how each thing is that can go wrong. It knows nothing of what these things are, and has no clock.
package faults
