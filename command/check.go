package command

import (
	"flag"
	"fmt"
	"time"

	"logskiff/agent"
	"logskiff/conf"
)

func check(fs *flag.FlagSet) action {
	given := fs.String("c", "", "configuration `FILE`")
	environment := fs.String("env-file", "", "`FILE` of lines NAME=value for ${NAME}, as EnvironmentFile of systemd")
	return func(rest []string) int {
		if err := loadEnvironment(*environment); err != nil {
			return failed(err)
		}
		file := *given
		if file == "" && len(rest) == 1 {
			file, rest = rest[0], nil
		}
		if file == "" || len(rest) > 0 {
			return usageError("check", "one configuration is wanted: -c FILE")
		}
		cfg, err := agent.CheckFile(file)
		if err != nil {
			return badConfig(err)
		}
		fmt.Printf("%s is good: %d source(s), %d sender(s)\n", file, len(cfg.Sources), len(cfg.Senders))
		for _, note := range notes(cfg) {
			fmt.Println("note: " + note)
		}
		return exitOK
	}
}

// notes are agent.Notes, if all the folders answer.
func notes(cfg *conf.Config) []string {
	got := make(chan []string, 1)
	go func() { got <- agent.Notes(cfg) }()
	select {
	case notes := <-got:
		return notes
	case <-time.After(5 * time.Second):
		return []string{"a folder of logs does not answer, so what is read there was not looked at"}
	}
}
