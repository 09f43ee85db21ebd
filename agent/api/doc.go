// Package api is what the page and the command line get of a running agent: one snapshot, its
// history, and the few things that can be asked for. docs/api.md explains it, openapi.json describes it.
//
// It knows no pipeline. The agent hands it a Backend, and mounts two handlers: Page for connections that anybody
// on this host may open, where each request shows a token, and Local for the control socket, whose mode says who may ask.
package api
