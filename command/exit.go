package command

import (
	"errors"
	"fmt"
	"os"

	"logskiff/conf"
)

// Exit codes, the same for every command. A service that ended with exitBadConfig
// need not be started again before its configuration was changed.
const (
	exitOK = iota
	exitFailed
	exitUsage
	exitBadConfig
	exitUnreachable
)

func failed(err error) int {
	fmt.Fprintf(os.Stderr, "logskiff: %v\n", err)
	return exitFailed
}

func badConfig(err error) int {
	var found conf.Errors
	if errors.As(err, &found) {
		fmt.Fprintln(os.Stderr, err)
		return exitBadConfig
	}
	fmt.Fprintf(os.Stderr, "logskiff: %v\n", err)
	return exitBadConfig
}
