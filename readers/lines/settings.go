package lines

import "logskiff/conf"

// Settings say how a text is cut into records. Each reader has them as keys of its own table.
type Settings struct {
	Encoding  string    // of the text; "" is utf-8
	MaxLine   conf.Size // a longer line is cut into marked parts of this size
	Multiline Multiline
}

// Default returns the settings of an empty table.
func Default() Settings {
	return Settings{Encoding: "utf-8", MaxLine: 1 << 20, Multiline: defaultMultiline()}
}

// Check calls bad for all that is wrong: with the key, as every reader names it, what is wrong with it, and advice.
func (s *Settings) Check(bad func(key, msg, hint string)) {
	if s.MaxLine < 1<<10 || s.MaxLine > 64<<20 {
		bad("max_line", "must be from 1KiB to 64MiB", "")
	}
	s.Multiline.check(bad)
	if _, err := charsetOf(s.Encoding); err != nil {
		bad("encoding", err.Error(), "use one of utf-8, utf-16le, utf-16be, gbk, gb18030, big5, latin1, shift-jis")
	}
}
