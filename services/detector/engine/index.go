package engine

import (
	"slices"

	"github.com/weirsec/weir/signatures/sdk"
)

// index finds the members of a Set that select an event.
type index map[sdk.Selector][]int

// add makes member i found by a selector, which must be normalised. What the
// selector is narrowed to is for Gates.
func (x index) add(selector sdk.Selector, i int) {
	selector.Where = nil
	if !slices.Contains(x[selector], i) {
		x[selector] = append(x[selector], i)
	}
}

// selecting returns the members that select an event, each once, in the order
// in which they fire.
func (x index) selecting(source, name, origin string) []int {
	return x.find(
		sdk.Selector{Source: source, Name: name, Origin: origin},
		sdk.Selector{Source: source, Name: name, Origin: wildcard},
		sdk.Selector{Source: source, Name: wildcard, Origin: origin},
		sdk.Selector{Source: source, Name: wildcard, Origin: wildcard},
	)
}

// naming is selecting without those that select by "*": a finding is an event
// only for those who ask for it by its name. Otherwise whoever looks at all
// events would fire on what others have found in them.
func (x index) naming(source, name, origin string) []int {
	return x.find(
		sdk.Selector{Source: source, Name: name, Origin: origin},
		sdk.Selector{Source: source, Name: name, Origin: wildcard},
	)
}

func (x index) find(keys ...sdk.Selector) []int {
	var found []int
	for _, key := range keys {
		found = append(found, x[key]...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}
