package signatures

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
	return []Pack{
		{DefaultPack, "Quiet on healthy systems; meant to wake people", stable},
		{"incubating", "stable and candidates for it, which may still need tuning", stable},
		{"sandbox", "incubating and experiments", stable},
		{"tracee-parity", "The signatures of Tracee, as they were", nil},
		{"none", "No shipped signature", nil},
	}
}
