package sdk_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/signatures/sdk"
)

func TestCorrelationJSON(t *testing.T) {
	cases := []struct {
		name, text string
		want       sdk.Correlation
	}{
		{
			"count", `{"type": "event_count", "group-by": ["container.id"], "timespan": "5m", "condition": {"gte": 10}}`,
			sdk.Correlation{
				Type: sdk.EventCount, GroupBy: []string{"container.id"}, Timespan: 5 * time.Minute,
				Condition: sdk.Condition{AtLeast: 10},
			},
		},
		{
			"values", `{"type": "value_count", "timespan": "1h", "condition": {"gt": 9, "field": "args.port"}}`,
			sdk.Correlation{
				Type: sdk.ValueCount, Timespan: time.Hour, Condition: sdk.Condition{Field: "args.port", AtLeast: 10},
			},
		},
		{
			"rules", `{"type": "temporal", "timespan": "30s", "rules": ["a", "b"]}`,
			sdk.Correlation{Type: sdk.Temporal, Timespan: 30 * time.Second, Rules: []string{"a", "b"}},
		},
		{
			"rules in order", `{"type": "temporal_ordered", "timespan": "7d", "rules": ["a"], "group-by": []}`,
			sdk.Correlation{Type: sdk.TemporalOrdered, Timespan: 7 * 24 * time.Hour, Rules: []string{"a"}, GroupBy: []string{}},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got sdk.Correlation
			if err := json.Unmarshal([]byte(c.text), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestCorrelationErrors(t *testing.T) {
	count := func(more string) string {
		return `{"type": "event_count", "timespan": "1m", "condition": {"gte": 2}` + more + `}`
	}
	cases := []struct{ name, text, want string }{
		{"no object", `"event_count"`, "correlation: must be an object"},
		{"a list", `[]`, "must be an object"},
		{"unknown key", count(`, "groupby": []`), "groupby: no such key; there are type, group-by, timespan, condition, rules"},
		{"other case", count(`, "Group-By": []`), "Group-By: no such key"},
		{"field in the wrong place", count(`, "field": "x"`), `field: it belongs into "condition"`},
		{"no type", `{"timespan": "1m"}`, `type: "" is none: there are event_count, value_count, temporal, temporal_ordered`},
		{"other type", `{"type": "near", "timespan": "1m"}`, `type: "near" is none`},
		{"type of another kind", `{"type": 1, "timespan": "1m"}`, "type: must be a text"},
		{"null", `{"type": null, "timespan": "1m"}`, "type: must be a text"},
		{"no timespan", `{"type": "event_count", "condition": {"gte": 2}}`, "timespan: must be longer than nothing"},
		{"timespan of nothing", `{"type": "event_count", "timespan": "0s", "condition": {"gte": 2}}`, "timespan: must be longer"},
		{"timespan without unit", `{"timespan": "60"}`, `timespan: "60" is none: write a number and s, m, h or d`},
		{"timespan without number", `{"timespan": "m"}`, `timespan: "m" is none`},
		{"timespan of two", `{"timespan": "1h30m"}`, `timespan: "1h30m" is none`},
		{"timespan with a sign", `{"timespan": "-5m"}`, `timespan: "-5m" is none`},
		{"empty timespan", `{"timespan": ""}`, `timespan: "" is none`},
		{"long timespan", `{"type": "event_count", "timespan": "31d", "condition": {"gte": 2}}`, "timespan: must be longer than nothing and at most 30d"},
		{"endless timespan", `{"timespan": "4294967295d"}`, `timespan: "4294967295d" is longer than 30d`},
		{"timespan as a number", `{"timespan": 60}`, "timespan: must be a text"},
		{"no condition", `{"type": "event_count", "timespan": "1m"}`, "condition: the number must be from 1 to 10000, not 0"},
		{"condition of nothing", `{"type": "event_count", "timespan": "1m", "condition": {}}`, "condition: there is no number"},
		{"condition as a number", `{"condition": 5}`, "condition: must be an object"},
		{"less", `{"condition": {"lt": 5}}`, "condition: lt: Weir tells as soon as there is enough, so write gte or gt"},
		{"equal", `{"condition": {"eq": 5}}`, "condition: eq: Weir tells"},
		{"two numbers", `{"condition": {"gt": 5, "gte": 6}}`, "condition: gt and gte: one of them is enough"},
		{"number as a text", `{"condition": {"gte": "5"}}`, "condition: gte: must be a whole number"},
		{"broken number", `{"condition": {"gte": 1.5}}`, "condition: gte: must be a whole number"},
		{"zero", `{"type": "event_count", "timespan": "1m", "condition": {"gte": 0}}`, "must be from 1 to 10000, not 0"},
		{"too many", `{"type": "event_count", "timespan": "1m", "condition": {"gt": 10000}}`, "must be from 1 to 10000, not 10001"},
		{"unknown comparison", `{"condition": {"ge": 1}}`, "condition: ge: no such key; there are gte, gt, field"},
		{"values of nothing", `{"type": "value_count", "timespan": "1m", "condition": {"gte": 2}}`, `value_count needs a "field"`},
		{"count of a field", `{"type": "event_count", "timespan": "1m", "condition": {"gte": 2, "field": "x"}}`, `"field" is only for value_count`},
		{"count of rules", count(`, "rules": ["a"]`), "rules: only for temporal and temporal_ordered"},
		{"no rules", `{"type": "temporal", "timespan": "1m"}`, "rules: temporal needs the names of 1 to 32 events, not 0"},
		{"a rule without a name", `{"type": "temporal", "timespan": "1m", "rules": [""]}`, "rules: the name of an event is empty"},
		{"a rule twice", `{"type": "temporal", "timespan": "1m", "rules": ["a", "b", "a"]}`, `rules: "a" is there twice`},
		{"rules that count", `{"type": "temporal", "timespan": "1m", "rules": ["a"], "condition": {"gte": 1}}`, "condition: only for event_count and value_count"},
		{"a field twice", count(`, "group-by": ["a", "a"]`), `group-by: "a" is there twice`},
		{"group-by as a text", count(`, "group-by": "a"`), "group-by: must be a list of texts"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			kept := sdk.Correlation{Type: "kept"}
			err := json.Unmarshal([]byte(c.text), &kept)
			if err == nil || !strings.HasPrefix(err.Error(), "correlation: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if kept.Type != "kept" {
				t.Error("what was there is overwritten")
			}
		})
	}
}

func TestCorrelationBounds(t *testing.T) {
	many := func(n int) (list []string) {
		for i := range n {
			list = append(list, string(rune('a'+i)))
		}
		return list
	}
	good := sdk.Correlation{Type: sdk.Temporal, Timespan: sdk.MaxTimespan, Rules: many(sdk.MaxRules), GroupBy: many(sdk.MaxGroupBy)}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(c *sdk.Correlation){
		"rules":    func(c *sdk.Correlation) { c.Rules = many(sdk.MaxRules + 1) },
		"group-by": func(c *sdk.Correlation) { c.GroupBy = many(sdk.MaxGroupBy + 1) },
		"timespan": func(c *sdk.Correlation) { c.Timespan++ },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSpan(t *testing.T) {
	for want, span := range map[string]time.Duration{
		"1s": time.Second, "90s": 90 * time.Second, "1m": time.Minute, "36h": 36 * time.Hour, "2d": 48 * time.Hour,
		"1.5s": 1500 * time.Millisecond,
	} {
		if got := (sdk.Correlation{Timespan: span}).Span(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Whatever is accepted makes sense, and is read again as it was written.
func FuzzCorrelationJSON(f *testing.F) {
	f.Add([]byte(`{"type": "value_count", "timespan": "1h", "condition": {"gt": 9, "field": "args.port"}, "group-by": ["a"]}`))
	f.Add([]byte(`{"type": "temporal", "timespan": "30s", "rules": ["a", "b"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var c sdk.Correlation
		if json.Unmarshal(text, &c) == nil && string(text) != "null" {
			if err := c.Validate(); err != nil {
				t.Errorf("%s is read as %+v: %v", text, c, err)
			}
			written, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			var again sdk.Correlation
			if err := json.Unmarshal(written, &again); err != nil || again.Span() != c.Span() ||
				!slices.Equal(again.GroupBy, c.GroupBy) || !slices.Equal(again.Rules, c.Rules) || again.Condition != c.Condition {
				t.Errorf("%s is written as %s: %v", text, written, err)
			}
		}
	})
}
