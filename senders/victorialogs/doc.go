// Package victorialogs sends records to VictoriaLogs, or to vlagent and vmauth before it, as JSON lines. One endpoint is one URL;
// Send makes one attempt with one body.
//
// VictoriaLogs answers 200 whatever it thinks of single lines, and says what it leaves out in its own log alone. So what it is known to leave
// out is not sent but named here: records above its limits.
//
// It must not retry, wait or keep bodies: agent/deliver does that.
package victorialogs
