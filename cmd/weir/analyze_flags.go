package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	recorded "github.com/weirsec/weir/services/detector/recording"
)

// traceeFlags are the flags of tracee-rules.
type traceeFlags struct {
	file                                  string
	input                                 []string
	rules, dirs                           []string
	list, listEvents                      bool
	template                              string
	webhook, webhookTemplate, webhookType string
	partialEval, aio                      bool
	target                                string

	// targetGiven says that --rego-runtime-target is on the command line.
	targetGiven bool
	// format is the one that --input-tracee names; "" is told by the content.
	format recorded.Format
}

// register adds the flags to the command's.
func (t *traceeFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&t.input, "input-tracee", nil,
		"tracee-rules' --input: file:PATH, file:stdin, format:json or format:gob; may be given again")
	flags.StringVar(&t.file, "tracee-file", "", "the first tracee-rules' name of --input")
	flags.StringArrayVar(&t.rules, "rules", nil, "tracee-rules' name of --signature")
	flags.StringArrayVar(&t.dirs, "rules-dir", nil, "tracee-rules' name of --signatures")
	flags.BoolVar(&t.list, "list", false, "list the signatures as tracee-rules does, and end")
	flags.BoolVar(&t.listEvents, "list-events", false, "list the names of the events that signatures select, and end")
	flags.StringVar(&t.template, "output-template", "",
		"show findings by this Go template; \"default\" is the block that tracee-rules shows")
	flags.StringVar(&t.webhook, "webhook", "", "post each finding to this URL")
	flags.StringVar(&t.webhookTemplate, "webhook-template", "", "Go template of what is posted (default the CloudEvent)")
	flags.StringVar(&t.webhookType, "webhook-content-type", "", "content type of what --webhook-template makes")
	flags.BoolVar(&t.partialEval, "rego-partial-eval", false, "of tracee-rules; no longer needed")
	flags.BoolVar(&t.aio, "rego-aio", false, "of tracee-rules; no longer needed")
	flags.StringVar(&t.target, "rego-runtime-target", "rego", "of tracee-rules; only rego")
}

// complete checks the flags against each other and translates those of
// tracee-rules; given tells which are on the command line.
func (o *analyzeOptions) complete(given func(flag string) bool) error {
	t := &o.tracee
	t.targetGiven = given("rego-runtime-target")
	if err := t.translateInput(o, given("input")); err != nil {
		return err
	}
	o.selection.Only = append(o.selection.Only, t.rules...)
	o.selection.Dirs = append(o.selection.Dirs, t.dirs...)
	switch strings.ToLower(t.target) {
	case "rego":
	case "wasm":
		return errors.New("--rego-runtime-target wasm: not supported, as in tracee-rules; use rego")
	default:
		return fmt.Errorf("--rego-runtime-target %q: there is only rego", t.target)
	}
	switch {
	case o.workers < 0:
		return fmt.Errorf("--workers must not be negative: %d", o.workers)
	case t.template != "" && given("output"):
		return errors.New("--output and --output-template both say how findings are shown: use one of them")
	case t.webhook == "" && (t.webhookTemplate != "" || t.webhookType != ""):
		return errors.New("--webhook-template and --webhook-content-type are of use only with --webhook URL")
	case t.webhookType != "" && t.webhookTemplate == "":
		return errors.New("--webhook-content-type is of use only with --webhook-template: a CloudEvent has a type of its own")
	case o.input == "" && !t.list && !t.listEvents && !t.helpWanted():
		return errors.New("required flag(s) \"input\" not set: name a file, or - for standard input")
	}
	return nil
}

// translateInput takes --input-tracee apart.
func (t *traceeFlags) translateInput(o *analyzeOptions, given bool) error {
	if t.helpWanted() {
		return nil
	}
	if t.file != "" {
		if given {
			return errors.New("--input and --tracee-file both name the input: use one of them")
		}
		o.input = t.file
	}
	var options []string
	for _, text := range t.input {
		options = append(options, strings.Split(text, ",")...)
	}
	for _, option := range options {
		key, value, found := strings.Cut(option, ":")
		if !found || key == "" || value == "" {
			return fmt.Errorf("--input-tracee %q: want key:value, such as file:events.json; try --input-tracee help", option)
		}
		switch key {
		case "file":
			if given || o.input != "" {
				return errors.New("--input-tracee file: the input is named already")
			}
			o.input = value
			if value == "stdin" {
				o.input = "-"
			}
		case "format":
			t.format = recorded.Format(strings.ToLower(value))
			if t.format != recorded.FormatJSON && t.format != recorded.FormatGob {
				return fmt.Errorf("--input-tracee format:%s: there are format:json and format:gob", value)
			}
		case "option":
			if !slices.Contains(traceeOptions(), value) {
				return fmt.Errorf("--input-tracee option:%s: there are %s", value, strings.Join(traceeOptions(), ", "))
			}
		default:
			return fmt.Errorf("--input-tracee %q: there are file, format and option; try --input-tracee help", option)
		}
	}
	return nil
}

// traceeOptions are Tracee's options of an output that its readers were told
// too. Weir sees by itself what it is given.
func traceeOptions() []string {
	return []string{"eot", "parse-arguments", "stack-addresses", "detect-syscall", "exec-env", "relative-time", "exec-hash"}
}

func (t *traceeFlags) helpWanted() bool { return slices.Contains(t.input, "help") }

// explain says which flags have no effect any more.
func (t *traceeFlags) explain(w io.Writer) {
	for _, f := range []struct {
		given        bool
		name, reason string
	}{
		{t.partialEval, "--rego-partial-eval", "signatures are compiled, and always give the same findings"},
		{t.targetGiven, "--rego-runtime-target", "there is one way to evaluate Rego"},
		{t.aio, "--rego-aio", "signatures share what they have in common, each with its own selectors"},
	} {
		if f.given {
			fmt.Fprintf(w, "note: %s is no longer needed: %s\n", f.name, f.reason)
		}
	}
}

// inputTraceeHelp is what --input-tracee help shows.
const inputTraceeHelp = `--input-tracee KEY:VALUE says where Tracee's events come from; it may be given
again, or with several KEY:VALUE between commas.

  file:PATH    a file with events
  file:stdin   standard input
  format:json  one event a line, in either of Tracee's forms
  format:gob   the stream of Tracee's format:gob
  option:eot   the stream ends with a terminating event (always understood)

Without a format, the content tells it. The same by Weir's own flag:

  weir analyze --input PATH
  weir analyze --input -
`
