package bundle

import "github.com/spf13/pflag"

// Flags say on the command line which bundles are opened.
type Flags struct {
	// KeyFiles are as ReadKey takes them.
	KeyFiles []string
	// AllowUnsigned is as in Trust.
	AllowUnsigned bool
}

// Register adds the flags to a command's.
func (f *Flags) Register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.KeyFiles, "bundle-key", nil,
		"file with a public key (PEM) that signs bundles, or "+secretPrefix+"FILE with a shared secret; may be given again")
	flags.BoolVar(&f.AllowUnsigned, "allow-unsigned-bundles", false,
		"take bundles that nobody signed: whoever can write to NATS chooses the signatures then")
}

// Trust reads the keys.
func (f *Flags) Trust() (Trust, error) {
	keys, err := ReadKeys(f.KeyFiles)
	return Trust{Keys: keys, AllowUnsigned: f.AllowUnsigned}, err
}
