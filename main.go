// Command logskiff follows logs and delivers them, or receives them for others.
package main

import (
	"os"
	_ "time/tzdata" // zones of times must not depend on what a host has installed

	"logskiff/command"
)

func main() {
	os.Exit(command.Execute(os.Args[1:]))
}
