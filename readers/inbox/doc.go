// Package inbox holds what others send until it is delivered, for every reader that is sent to: how much
// memory it may take and whose it is, how fast it must come, how many connections there may
// be, what waits, what was handed out and is not acknowledged yet, and what had to be given up.
//
// What must hold:
//
//   - Memory belongs to what has come: it is taken as bytes arrive, never for what is announced.
//   - No client can take what others need: once three quarters are in use, the rest is for
//     clients below an equal share.
//   - A message is settled once, when nothing of it is on its way any more, and never as delivered when a
//     part of it was not.
//   - What a reader cannot keep and its client does not keep either is counted, with the reason.
//
// This package must not know a protocol, nor read from a connection. It has no goroutine, and no
// clock but the times it is given.
package inbox
