package load

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// A pack that there is not is a fault of the command line, told before any work.
func TestPackFlag(t *testing.T) {
	for _, c := range []struct{ text, want, err string }{
		{"stable", "stable", ""},
		{"none", "none", ""},
		{"", "", ""},
		{"stabel", "", `no pack "stabel": the packs are stable, incubating, sandbox, tracee-parity, none`},
	} {
		t.Run(c.text, func(t *testing.T) {
			var r Request
			flags := pflag.NewFlagSet("x", pflag.ContinueOnError)
			flags.SetOutput(io.Discard)
			r.Register(flags)
			err := flags.Parse([]string{"--pack", c.text})
			if r.Pack != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("pack %q, error %v", r.Pack, err)
			}
		})
	}
}
