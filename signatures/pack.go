package signatures

import "slices"

// Pack is a choice of shipped signatures.
type Pack struct {
	Name        string
	Description string
	// IDs are the ids of its signatures.
	IDs []string
}

// DefaultPack is loaded where nobody chooses another.
const DefaultPack = "stable"

// Packs returns the packs, the default one first. Each of stable, incubating
// and sandbox holds the signatures of those before it: whoever accepts more
// noise wants the quiet ones too.
func Packs() []Pack {
	stable := []string{"anti_debugging", "fileless_execution", "ld_preload", "shadow_read"}
	// TRC-8 fires all day in a healthy cluster, and Tracee shipped it disabled.
	sandbox := append(slices.Clip(stable), "TRC-8")
	return []Pack{
		{DefaultPack, "Quiet on healthy systems; meant to wake people", stable},
		{"incubating", "stable and candidates for it, which may still need tuning", stable},
		{"sandbox", "incubating and experiments", sandbox},
		{"tracee-parity", "The signatures of Tracee, as they were", parity()},
		{"none", "No shipped signature", nil},
	}
}

// parity is what Tracee had enabled, in the order of its numbers.
func parity() []string {
	return []string{
		"TRC-2", "TRC-3", "TRC-4", "TRC-5", "TRC-6", "TRC-7", "TRC-9", "TRC-10", "TRC-11", "TRC-12", "TRC-14",
		"TRC-15", "TRC-16", "TRC-1013", "TRC-1023", "TRC-1026",
	}
}
