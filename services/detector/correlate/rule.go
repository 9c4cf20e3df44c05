package correlate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// rule is a Correlation as it is evaluated. It is immutable.
type rule struct {
	kind sdk.CorrelationType
	// timespan is in nanoseconds, span the same as a text.
	timespan int64
	span     string
	// need is how many matches or different values are enough.
	need  int
	names []string
	// group is what keeps matches apart. The first of them, as many as scope
	// says, are not the author's: see scopeFields.
	group []field
	scope int
	// counted is the field of value_count.
	counted field
	// limit is how many matches a group remembers.
	limit int
	// fingerprint tells rules apart.
	fingerprint string
}

// leastLimit is how many matches any group may remember. A group with a larger
// condition remembers twice as many as that needs, because a match that comes
// late may complete a window in the past.
const leastLimit = 1000

func compile(c sdk.Correlation, selectors []sdk.Selector) (rule, error) {
	if err := c.Validate(); err != nil {
		return rule{}, err
	}
	r := rule{
		kind: c.Type, timespan: int64(c.Timespan), span: c.Span(), need: c.Condition.AtLeast, names: slices.Clone(c.Rules),
		group: scopeFields(), scope: len(scopeFields()),
		fingerprint: fmt.Sprintf("%s %d %q %q>=%d %q", c.Type, c.Timespan, c.GroupBy, c.Condition.Field, c.Condition.AtLeast, c.Rules),
	}
	for _, path := range c.GroupBy {
		f, err := parseField(path)
		if err != nil {
			return rule{}, fmt.Errorf("group-by: %w", err)
		}
		r.group = append(r.group, f)
	}
	switch c.Type {
	case sdk.ValueCount:
		f, err := parseField(c.Condition.Field)
		if err != nil {
			return rule{}, fmt.Errorf("condition: field: %w", err)
		}
		r.counted = f
	case sdk.Temporal, sdk.TemporalOrdered:
		r.need = len(c.Rules)
		if err := checkRules(c.Rules, selectors); err != nil {
			return rule{}, fmt.Errorf("rules: %w", err)
		}
	}
	r.limit = max(leastLimit, 2*r.need)
	return r, nil
}

// checkRules refuses rules that no event can meet and selectors that no rule
// wants.
func checkRules(names []string, selectors []sdk.Selector) error {
	var selected []string
	for _, s := range selectors {
		if s.Name == "" || s.Name == "*" {
			return nil
		}
		selected = append(selected, s.Name)
	}
	for _, name := range names {
		if !slices.Contains(selected, name) {
			return fmt.Errorf("%q is not selected, so it can never be there: select it, as one of %s",
				name, strings.Join(selected, ", "))
		}
	}
	for _, name := range selected {
		if !slices.Contains(names, name) {
			return fmt.Errorf("%q is selected and no rule: name it, or do not select it", name)
		}
	}
	return nil
}

// valueOf returns what counts of a match, and whether there is anything.
func (r *rule) valueOf(e *event.Event, data map[string]any) (string, bool) {
	switch r.kind {
	case sdk.EventCount:
		return "", true
	case sdk.ValueCount:
		value := r.counted.of(e, data)
		if missing(value) {
			return "", false
		}
		return string(appendBounded(nil, value)), true
	default:
		i := slices.Index(r.names, e.Name())
		if i < 0 {
			return "", false
		}
		return r.names[i], true
	}
}

// holds reports whether matches of one window, whose values are counted, are
// enough. More of them are always enough too.
func (r *rule) holds(window []entry, values map[string]int) bool {
	switch r.kind {
	case sdk.EventCount:
		return len(window) >= r.need
	case sdk.TemporalOrdered:
		return len(values) >= r.need && inOrder(window, r.names)
	default:
		return len(values) >= r.need
	}
}

// mayHold reports whether any window among entries could be enough, where one
// of them has so many matches with so many different values, and there are only
// so many matches more.
func (r *rule) mayHold(entries []entry, matches, values, more int) bool {
	switch {
	case more == 0:
		return false
	case r.kind == sdk.EventCount:
		return matches+more >= r.need
	case values+more < r.need:
		return false
	default:
		return r.kind != sdk.TemporalOrdered || inOrder(entries, r.names)
	}
}

// counts reports whether values are counted at all.
func (r *rule) counts() bool { return r.kind != sdk.EventCount }

// inOrder reports whether the names follow each other among the values, with
// anything between them.
func inOrder(window []entry, names []string) bool {
	next := 0
	for i := range window {
		if window[i].value != names[next] {
			continue
		}
		if next++; next == len(names) {
			return true
		}
	}
	return false
}
