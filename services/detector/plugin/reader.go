package plugin

import (
	"fmt"
	"log/slog"
	"reflect"
	"slices"

	"github.com/aquasecurity/tracee/types/detect"

	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/source"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/tracee"
)

// The symbols of a plugin.
const (
	// signaturesSymbol is a []detect.Signature or a []sdk.Signature.
	signaturesSymbol = "ExportedSignatures"
	// sourcesSymbol, which need not be there, is a []detect.DataSource or a
	// []sdk.DataSource.
	sourcesSymbol = "ExportedDataSources"
	// argumentsSymbol, which need not be there, is a text: "words" or "numbers".
	argumentsSymbol = "ExportedArguments"
)

// reader reads what one plugin exports.
type reader struct {
	file, digest string
	find         lookup
	logger       *slog.Logger
	known        []sdk.DataSource
	into         *Loaded
}

func (r *reader) fail(format string, args ...any) {
	r.into.Problems = append(r.into.Problems, failure(r.file, fmt.Errorf(format, args...)))
}

// read takes everything that is usable and tells of the rest.
func (r *reader) read() {
	exported, err := r.find(signaturesSymbol)
	if err != nil {
		r.fail("the plugin has no variable %s: %w", signaturesSymbol, err)
		return
	}
	words, ok := r.words()
	if !ok {
		return
	}
	switch list := exported.(type) {
	case *[]detect.Signature:
		for i, s := range *list {
			r.adapt(i, s, words)
		}
	case *[]sdk.Signature:
		for _, s := range *list {
			r.add(s)
		}
	default:
		r.fail("%s is a %s: it must be a variable of type []detect.Signature (of github.com/aquasecurity/tracee/types) "+
			"or []sdk.Signature (of github.com/weirsec/weir/signatures)", signaturesSymbol, exportedType(exported))
		return
	}
	r.readSources()
}

// words reports whether the signatures want arguments in words.
func (r *reader) words() (words, ok bool) {
	symbol, err := r.find(argumentsSymbol)
	if err != nil {
		// Most plugins have none.
		return false, true
	}
	form, isText := symbol.(*string)
	switch {
	case !isText:
		r.fail("%s is a %s: it must be a text, \"words\" or \"numbers\"", argumentsSymbol, exportedType(symbol))
	case *form == "words":
		return true, true
	case *form == "numbers":
		return false, true
	default:
		r.fail("%s is %q: it must be \"words\" or \"numbers\"", argumentsSymbol, *form)
	}
	return false, false
}

// adapt takes a signature of Tracee.
func (r *reader) adapt(i int, s detect.Signature, words bool) {
	adapted, err := tracee.New(s, tracee.Options{Words: words, Logger: r.logger})
	if err != nil {
		r.fail("signature %d of %s (%T): %w", i+1, signaturesSymbol, s, err)
		return
	}
	r.add(adapted)
}

func (r *reader) add(s sdk.Signature) {
	r.into.Programs = append(r.into.Programs, golang.FromFile(s, r.file, r.digest))
}

// readSources takes the data sources.
func (r *reader) readSources() {
	exported, err := r.find(sourcesSymbol)
	if err != nil {
		return
	}
	switch list := exported.(type) {
	case *[]detect.DataSource:
		for i, s := range *list {
			made, err := tracee.FromTracee(s)
			if err != nil {
				r.fail("data source %d of %s: %w", i+1, sourcesSymbol, err)
				continue
			}
			r.addSource(made)
		}
	case *[]sdk.DataSource:
		for _, s := range *list {
			r.addSource(s)
		}
	default:
		r.fail("%s is a %s: it must be a variable of type []detect.DataSource (of github.com/aquasecurity/tracee/types) "+
			"or []sdk.DataSource (of github.com/weirsec/weir/signatures)", sourcesSymbol, exportedType(exported))
	}
}

// addSource takes a source where its name is free.
func (r *reader) addSource(s sdk.DataSource) {
	if _, err := source.NewRegistry(slices.Concat(r.known, r.into.Sources, []sdk.DataSource{s})...); err != nil {
		r.fail("%w", err)
		return
	}
	r.into.Sources = append(r.into.Sources, s)
}

// exportedType is the type of a symbol as its author wrote it.
func exportedType(symbol any) string {
	t := reflect.TypeOf(symbol)
	if t != nil && t.Kind() == reflect.Pointer {
		return t.Elem().String()
	}
	return fmt.Sprint(t)
}
