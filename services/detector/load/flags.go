package load

import "github.com/spf13/pflag"

// Register adds the flags that choose signatures to a command's.
func (r *Request) Register(flags *pflag.FlagSet) {
	flags.StringVar(&r.Pack, "pack", "",
		"shipped signatures: stable, incubating, sandbox, tracee-parity or none (default stable, or none with --signatures)")
	flags.StringArrayVar(&r.Dirs, "signatures", nil, "directory with your own signatures; may be given again")
	flags.StringArrayVar(&r.Only, "signature", nil, "only the signature with this id or event name; may be given again")
}
