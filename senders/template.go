package senders

import (
	"errors"

	"logskiff/conf"
	"logskiff/record/template"
)

// CompileTemplate compiles the template that stands under a key of a sender's settings, such as topic or index. An error
// is a *conf.FieldError, for Validate to return. What a record lacks that the template names without a default is up
// to the sender, and to be documented there.
func CompileTemplate(key, text string, o template.Options) (*template.Template, error) {
	t, err := template.Compile(text, o)
	if bad, ok := errors.AsType[*template.Error](err); ok {
		return nil, &conf.FieldError{Key: key, Msg: bad.Msg, Hint: bad.Hint}
	}
	return t, err
}
