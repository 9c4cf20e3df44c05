package sdk

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Correlation makes a signature fire on several of its matches instead of each,
// in the words of Sigma: the signature's own match is the base, and a finding
// is made where the condition holds within a span of time.
type Correlation struct {
	Type CorrelationType
	// GroupBy names the fields whose values keep matches apart, such as
	// "container.id" or "args.pathname"; without any, all matches of a
	// partition are one group.
	GroupBy []string
	// Timespan is how far apart the first and the last match may be, by the
	// times of events.
	Timespan time.Duration
	// Condition is what is counted and how much of it is enough, for EventCount
	// and ValueCount.
	Condition Condition
	// Rules are the names of the events that must be there, for Temporal and
	// TemporalOrdered; the findings of other signatures are events by their
	// event names.
	Rules []string
}

// CorrelationType is a kind of Correlation.
type CorrelationType string

// The kinds of correlations.
const (
	// EventCount counts matches.
	EventCount CorrelationType = "event_count"
	// ValueCount counts the different values of a field.
	ValueCount CorrelationType = "value_count"
	// Temporal wants all Rules, in any order.
	Temporal CorrelationType = "temporal"
	// TemporalOrdered wants all Rules, in their order.
	TemporalOrdered CorrelationType = "temporal_ordered"
)

// Condition is the condition of EventCount and ValueCount.
type Condition struct {
	// Field names what ValueCount counts the values of.
	Field string
	// AtLeast is the least number that is enough, from 1 to MaxCount.
	AtLeast int
}

// The bounds of what a Correlation may ask for.
const (
	// MaxCount is the largest number in a Condition.
	MaxCount = 10_000
	// MaxTimespan is the longest Timespan.
	MaxTimespan = 30 * 24 * time.Hour
	// MaxRules is the largest number of Rules.
	MaxRules = 32
	// MaxGroupBy is the largest number of fields in GroupBy.
	MaxGroupBy = 16
)

// Validate returns an error that names the key which makes no sense, as it is
// called in Rego, and says what it may be. Whether the fields exist is for the
// engine to say.
func (c Correlation) Validate() error {
	if c.Timespan <= 0 || c.Timespan > MaxTimespan {
		return fmt.Errorf("timespan: must be longer than nothing and at most 30d, not %s", c.Timespan)
	}
	if len(c.GroupBy) > MaxGroupBy {
		return fmt.Errorf("group-by: %d fields, at most %d", len(c.GroupBy), MaxGroupBy)
	}
	if name, twice := repeated(c.GroupBy); twice {
		return fmt.Errorf("group-by: %q is there twice", name)
	}
	switch c.Type {
	case EventCount, ValueCount:
		return c.validateCount()
	case Temporal, TemporalOrdered:
		return c.validateRules()
	default:
		return fmt.Errorf("type: %q is none: there are %s", c.Type, correlationTypes())
	}
}

// Span returns the Timespan as Sigma writes it: "90s", "5m", "1h", "7d".
func (c Correlation) Span() string {
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if c.Timespan%unit.size == 0 {
			return strconv.FormatInt(int64(c.Timespan/unit.size), 10) + unit.name
		}
	}
	return c.Timespan.String()
}

// correlationTypes are the kinds as messages list them.
func correlationTypes() string {
	return strings.Join([]string{string(EventCount), string(ValueCount), string(Temporal), string(TemporalOrdered)}, ", ")
}

func (c Correlation) validateCount() error {
	switch {
	case len(c.Rules) > 0:
		return fmt.Errorf("rules: only for temporal and temporal_ordered; %s counts what the signature itself matches", c.Type)
	case c.Condition.AtLeast < 1 || c.Condition.AtLeast > MaxCount:
		return fmt.Errorf("condition: the number must be from 1 to %d, not %d", MaxCount, c.Condition.AtLeast)
	case c.Type == ValueCount && c.Condition.Field == "":
		return errors.New("condition: value_count needs a \"field\", whose different values are counted")
	case c.Type == EventCount && c.Condition.Field != "":
		return errors.New("condition: \"field\" is only for value_count")
	default:
		return nil
	}
}

func (c Correlation) validateRules() error {
	if c.Condition != (Condition{}) {
		return fmt.Errorf("condition: only for event_count and value_count; %s wants each of its rules once", c.Type)
	}
	if len(c.Rules) == 0 || len(c.Rules) > MaxRules {
		return fmt.Errorf("rules: %s needs the names of 1 to %d events, not %d", c.Type, MaxRules, len(c.Rules))
	}
	if slices.Contains(c.Rules, "") {
		return errors.New("rules: the name of an event is empty")
	}
	if name, twice := repeated(c.Rules); twice {
		return fmt.Errorf("rules: %q is there twice", name)
	}
	return nil
}

// repeated returns the first text that is there a second time.
func repeated(list []string) (string, bool) {
	for i, text := range list {
		if slices.Contains(list[:i], text) {
			return text, true
		}
	}
	return "", false
}
