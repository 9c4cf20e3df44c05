package main

import (
	"fmt"
	"io"
	"os"

	"github.com/weirsec/weir/services/notifier/destination"
	"github.com/weirsec/weir/services/notifier/terminal"
)

// outputForm is the flag --output: how findings are shown.
type outputForm string

// The forms of output.
const (
	outputHuman outputForm = "human"
	outputJSON  outputForm = "json"
)

// String returns the form.
func (f *outputForm) String() string { return string(*f) }

// Type names the kind of value for --help.
func (f *outputForm) Type() string { return "human|json" }

// Set takes one of the forms.
func (f *outputForm) Set(text string) error {
	switch outputForm(text) {
	case outputHuman, outputJSON:
		*f = outputForm(text)
		return nil
	default:
		return fmt.Errorf("want human or json")
	}
}

// console returns the destination that shows findings on out in this form.
func (f *outputForm) console(out io.Writer) destination.Destination {
	if *f == outputJSON {
		return destination.NewJSONConsole(out)
	}
	return destination.NewConsole(out, terminalOptions(out))
}

// terminalOptions says how findings look on out.
func terminalOptions(out io.Writer) terminal.Options {
	if file, ok := out.(*os.File); ok {
		return terminal.Detect(file, os.Getenv)
	}
	return terminal.Options{}
}
