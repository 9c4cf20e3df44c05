package bpf

import (
	"errors"
	"slices"

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
// They stay: to attach one to a cgroup needs a right that is given up after the
// start. The map of wanted events keeps them quiet.
func (p *Programs) preparePackets() {
	for _, prog := range slices.Concat(ownerPrograms(), packetPrograms()) {
		// A refusal is kept, and said by Attachments.
		_ = p.attach(prog)
	}
}

// switchPackets tells the programs which events to make.
func (p *Programs) switchPackets() error {
	wanted := false
	var errs []error
	for _, t := range packetEvents() {
		wanted = wanted || p.wanted[t]
		errs = append(errs, p.switchOn(t, p.wanted[t]))
	}
	return errors.Join(append(errs, p.switchOn(anyPacket, wanted))...)
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
