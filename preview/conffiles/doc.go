// Package conffiles changes the files of a configuration, one file a source: checked before, written whole or not at all, and undone.
//
// It knows no agent: who asks says how a configuration is checked, and how one that runs takes it.
package conffiles
