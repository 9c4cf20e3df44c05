package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/problem"
)

// selection is which signatures a command loads.
type selection struct{ request load.Request }

// register adds the flags of the selection.
func (s *selection) register(flags *pflag.FlagSet) {
	flags.StringVar(&s.request.Pack, "pack", "",
		"shipped signatures to load: stable, incubating, sandbox, tracee-parity or none (default stable, or none with --signatures)")
	flags.StringArrayVar(&s.request.Dirs, "signatures", nil, "directory with your own signatures; may be given again")
	flags.StringArrayVar(&s.request.Only, "signature", nil, "load only the signature with this id or event name; may be given again")
}

// load loads the signatures and tells of every file that is no good.
func (s *selection) load(ctx context.Context, messages io.Writer) (*engine.Set, error) {
	set, problems, err := load.Load(ctx, s.request)
	if err != nil {
		return nil, err
	}
	bad := 0
	for _, p := range problems {
		fmt.Fprintln(messages, p)
		if p.Severity == problem.Error {
			bad++
		}
	}
	if bad > 0 {
		fmt.Fprintf(messages, "%s not loaded; the other %s.\n",
			count(bad, "signature file is", "signature files are"),
			count(len(set.Signatures()), "signature is", "signatures are"))
	}
	return set, nil
}

// count renders a number with the words that fit it.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
