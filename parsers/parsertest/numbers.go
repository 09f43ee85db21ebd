package parsertest

import "strings"

// Numbers are texts that look like numbers, and whether they are guessed to be, and are when asked.
var Numbers = []struct {
	Text           string
	Guessed, Asked bool
}{
	{"0", true, true}, {"-1", true, true}, {"200", true, true}, {"0.012", true, true}, {"-0.0", true, true},
	{"9007199254740991", true, true}, {"-9007199254740991", true, true},
	{"9007199254740992", false, true}, {"9007199254740993", false, true}, {"-9007199254740992", false, true},
	{"1795224047123456789", false, true}, {"9223372036854775807", false, true},
	{"9223372036854775808", false, false}, {"18446744073709551615", false, false}, {"12345678901234567890123456789", false, false},
	{"12e4567", false, false}, {"12e45", false, true}, {"7E5", false, true}, {"1e999", false, false}, {"-1.5e999", false, false}, {"1e-400", false, false},
	{"5e-324", false, false}, {"1.7976931348623157e308", false, false}, {"1e0000000001", false, false},
	{"1.5e-09", true, true}, {"1e+06", true, true}, {"1e-7", true, true}, {"1e+21", true, true}, {"1E+100", true, true}, {"-2.5e3", true, true},
	{"0.30000000000000004", true, true}, {"0.10000000000000001", true, true}, {"1.2345678901234567", true, true},
	{"1.2345678901234568", false, false}, {"1.2345678901234569", true, true}, {"9007199254740993.0", false, false}, {"1.2345678901234567890", false, false},
	{"12.000000000000000000", true, true}, {"0.000000000000000000", true, true}, {"0." + strings.Repeat("0", 1000) + "1", false, false},
	{"", false, false}, {"-", false, false}, {"-0", false, true}, {"NaN", false, false}, {"Infinity", false, false}, {"-inf", false, false}, {"0x1f", false, false},
	{"007", false, true}, {"000", false, true}, {"+5", false, true}, {".5", false, true}, {"5.", false, true}, {"-.5", false, true}, {"-007.50", false, true}, {" 5 ", false, true},
	{"+", false, false}, {"+-5", false, false}, {"-+5", false, false}, {".", false, false}, {"1.2.3", false, false}, {"1_000", false, false}, {"1,000", false, false},
	{"0012345678901234567890", false, false}, {"1 2", false, false}, {"٣", false, false},
}
