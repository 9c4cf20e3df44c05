package interest

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// The texts that random scopes and facts are made of: few, so that they meet.
func someComms() []string {
	return []string{"", "cat", "nginx", "123456789012345", "1234567890123456", "c\xff", "\ufffd", "a\x00b"}
}

func somePaths() []string {
	long := strings.Repeat("/é", 60)
	return []string{"", "/", "/etc", "/etc/", "/etc/shadow", "/etc/gshadow", "/proc/", "/etc/\xff", "/etc/\ufffdx", "/a\x00b", long, long + "x"}
}

func some[T any](r *rand.Rand, from []T) []T {
	var list []T
	for range r.IntN(4) {
		list = append(list, from[r.IntN(len(from))])
	}
	return list
}

// randomScope has fields as a signature could ask for them, in no order.
func randomScope(r *rand.Rand) Scope {
	var s Scope
	if r.IntN(2) == 0 {
		s.Comms = some(r, someComms())
	}
	if r.IntN(3) == 0 {
		s.UIDs = some(r, []uint32{0, 33, 1000})
	}
	if r.IntN(3) == 0 {
		s.Origin = []string{OriginHost, OriginContainer}[r.IntN(2)]
	}
	if r.IntN(3) > 0 {
		s.Paths = some(r, somePaths())
	}
	return s
}

func randomScopes(r *rand.Rand, most int) []Scope {
	list := make([]Scope, r.IntN(most))
	for i := range list {
		list[i] = randomScope(r)
	}
	return list
}

func randomInterest(r *rand.Rand) Interest {
	var events []Event
	for range r.IntN(4) {
		events = append(events, Event{[]string{"openat", "ptrace", "connect"}[r.IntN(3)], randomScopes(r, 6)})
	}
	if r.IntN(20) == 0 {
		events = append(events, Event{Name: All})
	}
	return New(events...)
}

// allFacts are events that a kernel can have, in all combinations.
func allFacts() []Facts {
	var all []Facts
	for _, comm := range []string{"", "cat", "nginx", "123456789012345", "c\xff", "\ufffd"} {
		for _, uid := range []uint32{0, 33, 7} {
			for _, origin := range []string{"", OriginHost, OriginContainer} {
				all = append(all, Facts{Event: "openat", Comm: comm, UID: uid, Origin: origin})
				for _, path := range somePaths() {
					if !strings.Contains(path, "\x00") {
						all = append(all, Facts{Event: "openat", Comm: comm, UID: uid, Origin: origin, Path: path, PathKnown: true})
					}
				}
			}
		}
	}
	return all
}

// naive is what scopes mean, without any of their bounds.
func naive(list []Scope, f *Facts) bool {
	return slices.ContainsFunc(list, func(s Scope) bool { return s.Holds(f) })
}
