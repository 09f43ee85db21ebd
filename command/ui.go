package command

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"logskiff/agent"
	"logskiff/agent/api/access"
)

func openPage(fs *flag.FlagSet) action {
	where := placeFlags(fs)
	role := fs.String("role", "admin", "what who uses it may do: viewer, operator or admin (`ROLE`)")
	asJSON := fs.Bool("json", false, "print JSON")
	return func(rest []string) int {
		if len(rest) > 0 {
			return usageError("ui", "unexpected %q", rest[0])
		}
		if _, err := access.ParseRole(*role); err != nil {
			return usageError("ui", "--role %v", err)
		}
		dir, code := where.dataDir()
		if code != exitOK {
			return code
		}
		link, err := agent.RequestLogin(context.Background(), dir, *role)
		if err != nil {
			return notAnswered(dir, err)
		}
		if *asJSON {
			return printJSON(link)
		}
		fmt.Println(link.URL)
		fmt.Fprintln(os.Stderr, "It logs in once, within two minutes, as "+link.Role+".")
		return exitOK
	}
}

// notAnswered says why the agent that should run in dir did not do what it was asked.
func notAnswered(dir string, err error) int {
	if errors.Is(err, agent.ErrNotRunning) {
		failed(fmt.Errorf("no agent is running in data_dir %s", dir))
		return exitUnreachable
	}
	failed(err)
	if late := (*agent.LateError)(nil); errors.As(err, &late) || errors.Is(err, os.ErrPermission) {
		return exitUnreachable
	}
	return exitFailed
}

func printJSON(v any) int {
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return failed(err)
	}
	return exitOK
}
