package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/engine"
)

// wantedBy tells of an event how many signatures want it, and what all of them
// together narrow it to.
func wantedBy(set *engine.Set) func(name string) string {
	wanted := set.Interest()
	return func(name string) string {
		n := set.Wanting(name)
		if n == 0 {
			return ""
		}
		text := "wanted by " + count(n, "signature", "signatures")
		if e, _ := wanted.Find(name); e.Narrowed() != "" {
			text += ", narrowed to " + e.Narrowed()
		}
		if name == event.NamesFrom {
			text += ", for the names of addresses"
		}
		return text
	}
}

// kernelFilter names what the kernel narrows the events of a signature by: "path,
// comm", or "-" where it does not. Of several events it is what any is narrowed
// by.
func kernelFilter(wanted interest.Interest) string {
	var fields []string
	for _, e := range wanted.Events {
		for _, field := range e.Fields() {
			if !slices.Contains(fields, field) {
				fields = append(fields, field)
			}
		}
	}
	return cmp.Or(strings.Join(fields, ", "), "-")
}
