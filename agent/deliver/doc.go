// Package deliver brings batches to a sender's endpoints, whatever kind they
// are: it chooses among endpoints, keeps their health, retries, backs off, slows
// down, halves what is too large, and puts what is refused for good into a
// quarantine file. A Pool is shared by all pipelines of one sender, a Quarantine
// belongs to one pipeline, a Deliverer to one goroutine.
//
// It must not know any protocol or format, and it moves no cursor: it only says
// what became of each batch.
package deliver
