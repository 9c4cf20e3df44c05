package kernels

// Scenario is one system that tests run on, with what must hold there.
type Scenario struct {
	// Name is that of the golden file.
	Name string
	// Guest is the system.
	Guest Guest
	// Refused names the error of package bpf that loading ends with; "" where
	// the programs load, and then no test may be skipped for want of them.
	Refused string
}

// Scenarios returns all of them: each kernel as it is, and some with another
// system around.
func Scenarios() []Scenario {
	var list []Scenario
	for _, k := range kernels() {
		plain := Scenario{Name: k.Name, Guest: Guest{Kernel: k}}
		switch k.Name {
		case "5.4", "5.8", "5.10":
			plain.Refused = "ErrKernelTooOld"
		}
		list = append(list, plain)
		for _, other := range others(k) {
			other.Name = k.Name + "-" + other.Name
			other.Guest.Kernel = k
			list = append(list, other)
		}
	}
	return list
}

// others are further systems with a kernel.
func others(k Kernel) []Scenario {
	switch k.Name {
	case "6.1":
		return []Scenario{{Name: "hybrid", Guest: Guest{Hybrid: true}}}
	case "6.12":
		return []Scenario{
			{Name: "integrity", Guest: Guest{Cmdline: []string{"lockdown=integrity"}}},
			{Name: "confidentiality", Guest: Guest{Cmdline: []string{"lockdown=confidentiality"}}, Refused: "ErrLockdown"},
			{Name: "without-btf", Guest: Guest{HideBTF: true}, Refused: "ErrNoBTF"},
		}
	}
	return nil
}

// Packages are those whose tests run in the scenario's guest, relative to the
// root. Where nothing loads, the tests of events would all say so.
func (s Scenario) Packages() []string {
	list := []string{"test/kernels/inside", "bpf"}
	if s.Refused == "" {
		list = append(list, "services/collector/hierarchy", "services/collector/probe")
	}
	return list
}

// env is what the tests of a scenario are told.
func (s Scenario) env() []string {
	list := []string{"WEIR_EXPECT_LOAD=" + s.Refused}
	if s.Refused == "" {
		list = append(list, "WEIR_REQUIRE=ebpf")
	}
	return list
}
