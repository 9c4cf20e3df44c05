package redact

// Labels returns labels (key, value, …) with the secrets among the values
// masked: those of keys that name one, and well-known shapes anywhere. It
// returns pairs itself where there are none, and never changes it.
func Labels(pairs []string) []string {
	out := editor{list: pairs}
	for i := 0; i+1 < len(pairs); i += 2 {
		if value := pairs[i+1]; value != "" && sensitive(pairs[i]) {
			out.set(i+1, Mask)
		} else {
			out.set(i+1, text(value))
		}
	}
	return out.list
}
