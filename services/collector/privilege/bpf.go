package privilege

// MapsNeedBPF reports whether this kernel asks for CAP_BPF whenever a map is
// used. Before 6.0 it does wherever kernel.unprivileged_bpf_disabled is set,
// which may happen at any time; since then the descriptor is enough.
func MapsNeedBPF() (bool, error) {
	r, err := running()
	if err != nil {
		return false, err
	}
	return r.before(release{6, 0}), nil
}
