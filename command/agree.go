package command

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"logskiff/command/console"
	"logskiff/preview/terminal"
)

// agree asks a person who sits at a terminal; nobody there is a no, unless yes was said before.
func agree(question string, yes bool) bool {
	if yes {
		return true
	}
	if console.Width(os.Stdin) == 0 {
		return false
	}
	fmt.Fprintf(os.Stderr, "%s [y/N] ", terminal.Escape(question))
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil {
		return false
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}
