package bpf

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"

	"github.com/weirsec/weir/schemas/catalogue"
)

var errNoUnified = errors.New("cgroup v2 is not mounted")

// packetEvents are made by the same programs, of packets.
func packetEvents() []catalogue.Type {
	return []catalogue.Type{catalogue.NetPacketDNS, catalogue.NetPacketDNSRequest, catalogue.NetPacketDNSResponse}
}

func ofPackets(t catalogue.Type) bool { return slices.Contains(packetEvents(), t) }

// packetPrograms see packets come and go: without one of them half of the
// messages is missing.
func packetPrograms() []program {
	return []program{
		{name: "weir_packet_in", hook: catalogue.CgroupSKB},
		{name: "weir_packet_out", hook: catalogue.CgroupSKB},
	}
}

// ownerPrograms note whose sockets they are. Without one, some packets are of
// nobody.
func ownerPrograms() []program {
	return []program{
		{name: "weir_connect4", hook: catalogue.CgroupSKB},
		{name: "weir_connect6", hook: catalogue.CgroupSKB},
		{name: "weir_sendmsg4", hook: catalogue.CgroupSKB},
		{name: "weir_sendmsg6", hook: catalogue.CgroupSKB},
		{name: "weir_post_bind4", hook: catalogue.CgroupSKB},
		{name: "weir_post_bind6", hook: catalogue.CgroupSKB},
	}
}

// anyPacket is the place in the map of wanted events that tells whether any of
// packetEvents is; ANY_PACKET in headers/dns.h.
const anyPacket = catalogue.Type(0)

// preparePackets attaches the programs of packets, those that note owners first.
// To attach one that sees packets needs a right that is given up after the
// start, so these two stay where they are; to put another in their place needs
// none, so an empty one rests there while nobody wants packets. Those that note
// owners come and go.
func (p *Programs) preparePackets() {
	for _, prog := range slices.Concat(ownerPrograms(), packetPrograms()) {
		// A refusal is kept, and said by Attachments.
		_ = p.attach(prog)
	}
	for _, prog := range packetPrograms() {
		if p.links[prog.name] != nil {
			p.prepareResting(prog.name)
		}
	}
}

// resting is the name of the empty program that rests in place of one.
func resting(name string) string { return name + " resting" }

// prepareResting loads the empty program. Without it, the map of wanted events
// keeps the other quiet, which costs packets a little more.
func (p *Programs) prepareResting(name string) {
	const letPass = 1
	empty, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "weir_resting", Type: ebpf.CGroupSKB, AttachType: p.spec.Programs[name].AttachType, License: "Dual BSD/GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, letPass), asm.Return()},
	})
	if err == nil {
		p.progs[resting(name)] = empty
	}
}

// switchPackets tells the programs which events to make, and puts them in place
// or takes them away.
func (p *Programs) switchPackets() error {
	wanted := slices.ContainsFunc(packetEvents(), func(t catalogue.Type) bool { return p.wanted[t] })
	var errs []error
	if !wanted {
		errs = append(errs, p.switchOn(anyPacket, false))
	}
	for _, prog := range ownerPrograms() {
		if wanted {
			_ = p.attach(prog) // A refusal is kept.
		} else {
			errs = append(errs, p.detach(prog.name))
		}
	}
	for _, prog := range packetPrograms() {
		errs = append(errs, p.replace(prog.name, wanted))
	}
	for _, t := range packetEvents() {
		errs = append(errs, p.switchOn(t, p.wanted[t]))
	}
	if wanted {
		errs = append(errs, p.switchOn(anyPacket, true))
	}
	return errors.Join(errs...)
}

// replace puts a program in the place where the empty one rests, or the empty one
// in its place.
func (p *Programs) replace(name string, wanted bool) error {
	in := p.links[name]
	if in == nil || p.progs[resting(name)] == nil {
		return nil
	}
	next := p.progs[name]
	if !wanted {
		next = p.progs[resting(name)]
	}
	if err := in.Update(next); err != nil {
		return fmt.Errorf("replace %s: %w", name, err)
	}
	return nil
}

// attachCgroup attaches a program to the root of cgroup v2, beside those of
// others: it then sees the sockets of every cgroup.
func (p *Programs) attachCgroup(name string) (link.Link, error) {
	if p.unified == "" {
		return nil, errNoUnified
	}
	return link.AttachCgroup(link.CgroupOptions{
		Path: p.unified, Attach: p.spec.Programs[name].AttachType, Program: p.progs[name],
	})
}

func (p *Programs) packetAttachment(e *catalogue.Event) Attachment {
	a := Attachment{
		Event: e.Name, Hook: string(catalogue.CgroupSKB), Program: packetPrograms()[0].name, Attached: p.wanted[e.Type],
	}
	for _, prog := range packetPrograms() {
		a.Attached = a.Attached && p.links[prog.name] != nil
		if reason, refused := p.refused[prog.name]; refused {
			a.Reason = reason
		}
	}
	for _, prog := range ownerPrograms() {
		if reason, refused := p.refused[prog.name]; refused {
			a.Refused = append(a.Refused, prog.name+": "+reason)
		}
	}
	return a
}
