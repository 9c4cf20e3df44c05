package bpf

import (
	"os"
	"strings"

	"github.com/weirsec/weir/schemas/catalogue"
)

// securityModules lists the active security modules.
const securityModules = "/sys/kernel/security/lsm"

// prepare loads whatever interest may ask for later, while the process still has
// the rights to: of each event the best program that the kernel takes. Each is
// attached once, to see that it can be.
func (p *Programs) prepare() {
	p.barSecurityModule()
	byEvent := map[catalogue.Type][]program{}
	for _, prog := range programs() {
		if prog.event != 0 && !prog.always {
			byEvent[prog.event] = append(byEvent[prog.event], prog)
		}
	}
	for _, list := range byEvent {
		p.prepareBest(list)
	}
	for _, list := range feeders() {
		p.prepareBest(list)
	}
	p.preparePackets()
	for _, prog := range []program{
		{name: sysExit, hook: catalogue.SysExit}, {name: moduleLoad, hook: catalogue.Tracepoint},
	} {
		if p.attach(prog) == nil {
			_ = p.detach(prog.name)
		}
	}
}

func (p *Programs) prepareBest(list []program) {
	for _, prog := range list {
		if p.attach(prog) == nil {
			p.rest(prog)
			return
		}
	}
}

// rest takes a program that works off its hook until it is needed. Before Linux
// 5.13 one of a security module or of a function's entry can be attached only
// once: there it is loaded anew and stays, and the map of wanted events keeps it
// quiet.
func (p *Programs) rest(prog program) {
	_ = p.idle(prog)
	if p.stays[prog.hook] || p.attach(prog) == nil {
		_ = p.idle(prog)
		return
	}
	p.stays[prog.hook] = true
	delete(p.refused, prog.name)
	_ = p.progs[prog.name].Close()
	delete(p.progs, prog.name)
	_ = p.attach(prog)
}

// barSecurityModule rules hooks of the security modules out where BPF is none of
// the active ones: programs could be attached and would never run.
func (p *Programs) barSecurityModule() {
	active, err := os.ReadFile(securityModules)
	switch {
	case err != nil:
		p.barred[catalogue.LSM] = "the active security modules are not known (" + shortReason(err) + ": " + securityModules + ")"
	case !activeModule(string(active), "bpf"):
		p.barred[catalogue.LSM] = "bpf is none of the active security modules (lsm= on the kernel's command line)"
	}
}

func activeModule(list, name string) bool {
	for module := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		if module == name {
			return true
		}
	}
	return false
}
