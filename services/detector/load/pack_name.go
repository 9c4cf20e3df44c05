package load

// packName is the flag --pack: it takes names of packs that there are.
type packName string

// String returns the name.
func (p *packName) String() string { return string(*p) }

// Type names the kind of value for --help.
func (p *packName) Type() string { return "string" }

// Set takes the name of a pack; the empty one stands for the default.
func (p *packName) Set(name string) error {
	if _, err := (Request{Pack: name}).pack(); err != nil {
		return err
	}
	*p = packName(name)
	return nil
}
