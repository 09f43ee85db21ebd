package command

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func completion(*flag.FlagSet) action {
	return func(rest []string) int {
		write := map[string]func(io.Writer, []command){"bash": completeBash, "zsh": completeZsh, "fish": completeFish}
		if len(rest) != 1 || write[rest[0]] == nil {
			return usageError("completion", "one shell is wanted: bash, zsh or fish")
		}
		write[rest[0]](os.Stdout, table())
		return exitOK
	}
}

func names(commands []command) string {
	var all []string
	for _, c := range commands {
		all = append(all, c.name)
	}
	return strings.Join(all, " ")
}

func completeBash(w io.Writer, commands []command) {
	fmt.Fprintf(w, `# bash completion of logskiff; made by: logskiff completion bash
_logskiff() {
    local cur=${COMP_WORDS[COMP_CWORD]} options="" words=""
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "%s help" -- "$cur"))
        return
    fi
    case ${COMP_WORDS[1]} in
`, names(commands))
	for _, c := range commands {
		options := []string{"--help"}
		for _, f := range c.flags() {
			options = append(options, dashed(f.Name))
		}
		fmt.Fprintf(w, "    %s) options=%q words=%q ;;\n", c.name, strings.Join(options, " "), strings.Join(c.words, " "))
	}
	fmt.Fprint(w, `    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
    elif [ -n "$words" ] && [ "$COMP_CWORD" -eq 2 ]; then
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
    else
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}
complete -F _logskiff logskiff
`)
}

func completeZsh(w io.Writer, commands []command) {
	quote := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`)
	fmt.Fprint(w, "#compdef logskiff\n# made by: logskiff completion zsh\n_logskiff() {\n  if (( CURRENT == 2 )); then\n    local -a commands=(\n")
	for _, c := range commands {
		fmt.Fprintf(w, "      '%s:%s'\n", c.name, quote.Replace(c.short))
	}
	fmt.Fprint(w, "    )\n    _describe command commands\n    return\n  fi\n  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %s) _arguments '--help[show help]'", c.name)
		for _, f := range c.flags() {
			value, about := flag.UnquoteUsage(f)
			if value != "" {
				value = ":" + value + ":_files"
			}
			fmt.Fprintf(w, " \\\n      '%s[%s]%s'", dashed(f.Name), quote.Replace(about), value)
		}
		if len(c.words) > 0 {
			fmt.Fprintf(w, " \\\n      '1:what:(%s)'", strings.Join(c.words, " "))
		} else {
			fmt.Fprint(w, " \\\n      '*:file:_files'")
		}
		fmt.Fprintln(w, " ;;")
	}
	fmt.Fprint(w, "  esac\n}\nif [ \"$funcstack[1]\" = _logskiff ]; then _logskiff \"$@\"; else compdef _logskiff logskiff; fi\n")
}

func completeFish(w io.Writer, commands []command) {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	fmt.Fprint(w, "# fish completion of logskiff; made by: logskiff completion fish\n")
	for _, c := range commands {
		fmt.Fprintf(w, "complete -c logskiff -n __fish_use_subcommand -f -a %s -d '%s'\n", c.name, quote.Replace(c.short))
		when := "'__fish_seen_subcommand_from " + c.name + "'"
		for _, f := range c.flags() {
			value, about := flag.UnquoteUsage(f)
			option := "-l " + f.Name
			if len(f.Name) == 1 {
				option = "-s " + f.Name
			}
			if value != "" {
				option += " -r"
			}
			fmt.Fprintf(w, "complete -c logskiff -n %s %s -d '%s'\n", when, option, quote.Replace(about))
		}
		if len(c.words) > 0 {
			fmt.Fprintf(w, "complete -c logskiff -n %s -f -a '%s'\n", when, strings.Join(c.words, " "))
		}
	}
}
