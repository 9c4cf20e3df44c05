package integrity

// hidden is the owner of code that belongs to no module that the kernel lists.
const hidden = "hidden"

// owner is whose code is at an address, with the function where that is known.
type owner struct{ module, function string }

// owners tells whose the addresses are, from the modules and the symbols of
// one moment.
type owners struct {
	modules []module
	// symbols are those of modules and of other code that came later, such as
	// eBPF programs.
	symbols []symbol
}

// of returns the owner of an address outside of the kernel's own code. A
// function's pointer is its first address, but what is in the middle of one is
// found, too.
func (o owners) of(address uint64) owner {
	in := o.moduleOf(address)
	best := symbol{}
	for _, s := range o.symbols {
		switch {
		case s.address == address && (in == "" || s.module == in):
			return owner{module: s.module, function: s.name}
		case in != "" && s.module == in && s.address < address && s.address > best.address:
			best = s
		}
	}
	if in == "" {
		return owner{module: hidden}
	}
	return owner{module: in, function: best.name}
}

// moduleOf returns the module that holds the address, or "". Of several, the one
// that begins last: the others are said to be longer than they are in one piece.
func (o owners) moduleOf(address uint64) string {
	best := module{}
	for _, m := range o.modules {
		if m.memory.holds(address) && m.memory.start >= best.memory.start {
			best = m
		}
	}
	return best.name
}
