package machine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/services/detector/rego/machine"
	"github.com/weirsec/weir/services/detector/rego/value"
)

// What one call of a function of OPA's could make is known before it is made.
func TestGrowth(t *testing.T) {
	long := value.String(strings.Repeat("a", 30_000))
	for _, c := range []struct {
		name, text string
		input      value.Value
		exceeds    bool
	}{
		{"a text in its own place", `r := replace(input, "a", input)`, long, true},
		{"a text between all letters", `r := replace(input, "", input)`, long, true},
		{"a text for another", `r := replace(input, "b", input)`, long, false},
		{"letters", `r := replace(input, "a", "bcd")`, long, false},
		{"by an expression", `r := regex.replace(input, "a", input)`, long, true},
		{"letters by an expression", `r := regex.replace(input, "a+", "<$0>")`, long, false},
		{"one of many", `r := strings.replace_n({"a": input, "b": "c"}, input)`, long, true},
		{"letters of many", `r := strings.replace_n({"a": "b"}, input)`, long, false},
		{"a wide number", `r := sprintf(input, [1, 2])`, value.String(strings.Repeat("%1000000d", 100)), true},
		{"many digits", `r := sprintf(input, [1, 2])`, value.String(strings.Repeat("%.0999999f", 100)), true},
		{"a width by value", `r := sprintf(input, [1000000, 2])`, value.String(strings.Repeat("%[1]*[2]d", 100)), true},
		{"a text many times", `r := sprintf("%s", [sprintf(concat("", [x | some i in numbers.range(1, 9000); x := "%[1]s"]), [input])])`, long, true},
		{"texts", `r := sprintf("%s and %10d of %v %5.2f%%", [input, 7, [1], 2.5])`, long, false},
		{"no format", `r := sprintf(input, [])`, value.Null(), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			program, function := compiled(t, c.text)
			m := program.NewMachine(machine.Limits{Bytes: 16 << 20})
			start := time.Now()
			_, err := m.Call(t.Context(), function, c.input, value.Value{})
			if exceeds := errors.Is(err, machine.ErrBudget); exceeds != c.exceeds || err != nil && !exceeds {
				t.Errorf("error %v", err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// All constant rules together have one budget when a file is loaded. What is
// left of them is no less right for it.
func TestConstantsShareABudget(t *testing.T) {
	var b strings.Builder
	b.WriteString("r := input.x + count(c19)\n")
	for i := range 20 {
		name := "c" + string(rune('0'+i/10)) + string(rune('0'+i%10))
		b.WriteString(strings.ReplaceAll("NAME := {[x, y] | some x in numbers.range(1, 300); some y in numbers.range(1, 300)}\n", "NAME", name))
	}
	start := time.Now()
	program, function := compiled(t, b.String())
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
	early := 0
	for i := range 20 {
		if f, ok := program.Function("p", "c"+string(rune('0'+i/10))+string(rune('0'+i%10))); ok {
			if _, constant := program.Constant(f); constant {
				early++
			}
		}
	}
	if early == 0 || early >= 19 {
		t.Errorf("%d of 20 were worked out at once", early)
	}
	input := value.NewObject()
	input.Insert(value.String("x"), value.Int(1))
	got, err := program.NewMachine(machine.Limits{}).Call(t.Context(), function, value.OfObject(input), value.Value{})
	if n, _ := got.Int(); err != nil || n != 90_001 {
		t.Errorf("%d, error %v", n, err)
	}
}
