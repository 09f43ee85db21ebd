// Package parseencode holds only tests: whatever a parser makes of a line, its
// encoded form is one line of valid JSON in valid UTF-8. Parsers and encoders
// do not know each other, so this promise has its tests above both. It must not
// hold code that anything imports.
package parseencode
