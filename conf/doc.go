// Package conf loads the configuration: strict TOML, every error of a file at
// once with file, line, column, key and advice, secrets from the environment or
// from files, and the value types that settings are made of.
//
// It knows no plugin: the agent hands it the table of kinds. It starts nothing,
// builds nothing, and imports no other package of the project.
package conf
