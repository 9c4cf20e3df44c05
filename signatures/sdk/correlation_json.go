package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// UnmarshalJSON reads a correlation as signatures in Rego write it: the keys
// "type", "group-by", "timespan", "condition" and "rules", as in Sigma. It takes
// no others, so that a slip of the pen does not change what is found.
func (c *Correlation) UnmarshalJSON(text []byte) error {
	var read Correlation
	err := members(text, "", func(key string, value json.RawMessage) error {
		switch key {
		case "type":
			return member(key, value, "a text", &read.Type)
		case "group-by":
			return member(key, value, "a list of texts", &read.GroupBy)
		case "rules":
			return member(key, value, "a list of texts", &read.Rules)
		case "timespan":
			return read.readTimespan(value)
		case "condition":
			return read.Condition.read(value)
		case "field":
			return errors.New(`field: it belongs into "condition"`)
		default:
			return fmt.Errorf("%s: no such key; there are type, group-by, timespan, condition, rules", key)
		}
	})
	if err == nil {
		err = read.Validate()
	}
	if err != nil {
		return fmt.Errorf("correlation: %w", err)
	}
	*c = read
	return nil
}

// members gives the members of an object to read, sorted by key.
func members(text []byte, name string, read func(key string, value json.RawMessage) error) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil || object == nil {
		return fmt.Errorf("%smust be an object", name)
	}
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if err := read(key, object[key]); err != nil {
			return err
		}
	}
	return nil
}

// member reads the value of a key.
func member(key string, value json.RawMessage, want string, into any) error {
	if err := json.Unmarshal(value, into); err != nil || bytes.Equal(value, []byte("null")) {
		return fmt.Errorf("%s: must be %s", key, want)
	}
	return nil
}

// readTimespan reads a number with its unit.
func (c *Correlation) readTimespan(value json.RawMessage) error {
	var text string
	if err := member("timespan", value, `a text such as "30s"`, &text); err != nil {
		return err
	}
	units := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}
	digits := strings.TrimRight(text, "smhd")
	n, err := strconv.ParseUint(digits, 10, 32)
	unit := units[text[len(digits):]]
	if err != nil || unit == 0 || strings.HasPrefix(text, "+") {
		return fmt.Errorf(`timespan: %q is none: write a number and s, m, h or d, such as "30s", "5m", "1h", "7d"`, text)
	}
	if n > uint64(math.MaxInt64/unit) {
		return fmt.Errorf("timespan: %q is longer than 30d", text)
	}
	c.Timespan = time.Duration(n) * unit
	return nil
}

// read reads a condition: one comparison, and the field that it is about.
func (c *Condition) read(value json.RawMessage) error {
	compared := ""
	err := members(value, "condition: ", func(key string, value json.RawMessage) error {
		switch key {
		case "field":
			return member("condition: field", value, "a text", &c.Field)
		case "gt", "gte":
			if compared != "" {
				return fmt.Errorf("condition: %s and %s: one of them is enough", compared, key)
			}
			compared = key
			if err := member("condition: "+key, value, "a whole number", &c.AtLeast); err != nil {
				return err
			}
			if key == "gt" && c.AtLeast < math.MaxInt {
				c.AtLeast++
			}
			return nil
		case "lt", "lte", "eq":
			// Whether that holds can be said at the end of the timespan only,
			// when there is no event that a finding could be about.
			return fmt.Errorf("condition: %s: Weir tells as soon as there is enough, so write gte or gt", key)
		default:
			return fmt.Errorf("condition: %s: no such key; there are gte, gt, field", key)
		}
	})
	if err == nil && compared == "" {
		err = errors.New(`condition: there is no number: write {"gte": 10}`)
	}
	return err
}

// MarshalJSON writes the correlation as UnmarshalJSON reads it.
func (c Correlation) MarshalJSON() ([]byte, error) {
	type condition struct {
		AtLeast int    `json:"gte"`
		Field   string `json:"field,omitempty"`
	}
	written := struct {
		Type      CorrelationType `json:"type"`
		GroupBy   []string        `json:"group-by,omitempty"`
		Timespan  string          `json:"timespan"`
		Condition *condition      `json:"condition,omitempty"`
		Rules     []string        `json:"rules,omitempty"`
	}{Type: c.Type, GroupBy: c.GroupBy, Timespan: c.Span(), Rules: c.Rules}
	if c.Condition != (Condition{}) {
		written.Condition = &condition{c.Condition.AtLeast, c.Condition.Field}
	}
	return json.Marshal(written)
}
