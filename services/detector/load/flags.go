package load

import (
	"github.com/spf13/pflag"

	"github.com/weirsec/weir/services/detector/plugin"
)

// Register adds the flags that choose signatures to a command's. From then on
// the Request and its copies know which plugins are loaded.
func (r *Request) Register(flags *pflag.FlagSet) {
	r.plugins = plugin.NewLoader()
	flags.Var((*packName)(&r.Pack), "pack",
		"shipped signatures: stable, incubating, sandbox, tracee-parity or none (default stable, or none with --signatures)")
	flags.StringArrayVar(&r.Dirs, "signatures", nil, "directory with your own signatures (.rego, .so); may be given again")
	flags.StringArrayVar(&r.Only, "signature", nil, "only the signature with this id or event name; may be given again")
}
