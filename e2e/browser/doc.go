// Package browser tests the local page in a real Chromium, against the built agent: a module of its own, so that the agent's stays short.
// Where there is no chromium its tests are skipped, unless LOGSKIFF_REQUIRE_ALL is set. LOGSKIFF_SCREENSHOTS names a folder that screenshots are kept in.
package browser
