package rego

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/schemas/event"
)

// author writes random signatures: what compiles is evaluated in all ways.
type author struct {
	r    *rand.Rand
	vars []string
	next int
	// level says which rules may be called: 1 g, 2 f too, 3 and 4 all.
	level int
}

func (a *author) pick(list ...string) string { return list[a.r.IntN(len(list))] }

func (a *author) fresh() string {
	a.next++
	v := fmt.Sprintf("v%d", a.next)
	a.vars = append(a.vars, v)
	return v
}

// known is a variable that has a value, or something of the event: OPA refuses
// what it can tell to be of the wrong type, so hardly anything is a constant.
func (a *author) known() string {
	if len(a.vars) == 0 || a.r.IntN(4) == 0 {
		return a.observed()
	}
	return a.vars[a.r.IntN(len(a.vars))]
}

func (a *author) observed() string {
	if a.r.IntN(3) == 0 {
		return "input." + a.pick("userId", "processName", "eventName", "args", "executable.path", "nothing", "containerId",
			"contextFlags", "container.id", "timestamp")
	}
	return fmt.Sprintf("helpers.get_tracee_argument(%s)",
		a.pick(`"pathname"`, `"flags"`, `"argv"`, `"remote_addr"`, `"fd"`, `"bytes"`, `"mode"`))
}

func (a *author) constant() string {
	return a.pick(`"/etc/passwd"`, `"/etc"`, `"a"`, `""`, `"-c"`, `"AF_UNIX"`, `0`, `1`, `2.0`, `-1`, `null`, `true`, `false`,
		`["-c", 1]`, `{"a": 1, "sin_port": "4444"}`, `{1, "a"}`, `"ETC"`, `"const char*"`)
}

func (a *author) text() string {
	return a.pick(`"/etc"`, `"passwd"`, `"-c"`, `"a"`, `""`, `"/"`, a.known())
}

// term is any expression with a value.
func (a *author) term(depth int) string {
	if depth <= 0 {
		return a.known()
	}
	t := func() string { return a.term(depth - 1) }
	switch a.r.IntN(22) {
	case 0, 1:
		return a.constant()
	case 2, 3:
		return a.callable(t(), t())
	case 4:
		return fmt.Sprintf("lower(%s)", a.known())
	case 5:
		return fmt.Sprintf("count(%s)", a.known())
	case 6:
		return fmt.Sprintf("[%s, %s]", t(), t())
	case 7:
		return fmt.Sprintf("{%s: %s}", a.pick(`"k"`, a.known()), t())
	case 8:
		return fmt.Sprintf("{%s, %s}", t(), t())
	case 9:
		if len(a.vars) > 0 {
			return fmt.Sprintf("%s[%s]", a.vars[a.r.IntN(len(a.vars))], a.pick("0", `"sin_port"`, a.known()))
		}
		return "input.args[1].value"
	case 10, 11:
		return a.comprehension(depth)
	case 12:
		return fmt.Sprintf("(%s %s %s)", a.known(), a.pick("+", "-", "*", "%"), a.pick("1", "2", a.known()))
	case 13:
		return fmt.Sprintf("split(%s, %s)", a.known(), a.text())
	case 14:
		return fmt.Sprintf("object.get(%s, %s, %s)", a.pick("input", a.known()), a.pick(`"userId"`, a.known()), t())
	case 15:
		return fmt.Sprintf("substring(%s, %s, %s)", a.known(), a.pick("0", "1", "input.userId"), a.pick("2", "-1", "100"))
	case 16:
		return fmt.Sprintf("%s(%s, %s)", a.pick("trim_prefix", "trim_suffix", "trim", "indexof"), a.known(), a.text())
	case 17:
		return fmt.Sprintf("concat(%s, %s)", a.pick(`","`, a.known()), a.known())
	case 18:
		return fmt.Sprintf("sum(%s)", a.known())
	default:
		return a.known()
	}
}

// callable is a rule or function that may be called where the text will stand;
// what calls each other in a circle is refused.
func (a *author) callable(x, y string) string {
	switch a.r.IntN(a.level + 1) {
	case 0:
		return x
	case 1:
		return fmt.Sprintf("g(%s, %s)", x, y)
	case 2:
		return fmt.Sprintf("f(%s)", x)
	case 3:
		return a.pick("rule", "names")
	default:
		return "rule"
	}
}

// comprehension is a term with a body of its own, whose variables end there.
func (a *author) comprehension(depth int) string {
	outer := len(a.vars)
	body := a.body(depth-1, 1+a.r.IntN(2))
	head := a.term(0)
	a.vars = a.vars[:outer]
	switch a.r.IntN(3) {
	case 0:
		return fmt.Sprintf("[%s | %s]", head, body)
	case 1:
		return fmt.Sprintf("{%s | %s}", head, body)
	default:
		return fmt.Sprintf("{%s: 1 | %s}", head, body)
	}
}

// expression is one line of a body.
func (a *author) expression(depth int) string {
	t := func() string { return a.term(depth) }
	switch a.r.IntN(16) {
	case 0, 1, 2:
		value := t()
		return fmt.Sprintf("%s := %s", a.fresh(), value)
	case 3, 4:
		from := a.known()
		return fmt.Sprintf("some %s in %s", a.fresh(), from)
	case 5:
		return fmt.Sprintf("%s %s %s", a.known(), a.pick("==", "!=", "<", ">=", "=="), t())
	case 6, 7, 8:
		return fmt.Sprintf("%s(%s, %s)", a.pick("startswith", "endswith", "contains", "strings.any_prefix_match"), a.known(), a.text())
	case 9:
		return fmt.Sprintf("%s in %s", t(), a.known())
	case 10:
		return fmt.Sprintf("not %s", a.closed(depth))
	case 11:
		return a.closed(depth)
	case 12:
		return fmt.Sprintf("helpers.%s(%s)", a.pick("is_file_write", "is_file_read", "is_elf_file"), a.known())
	case 13:
		if a.level < 4 {
			return "true"
		}
		return fmt.Sprintf("rule with input as %s", a.pick(`{"userId": 1}`, `{"args": [{"name": "fd", "value": 1}]}`, a.known()))
	case 14:
		outer, from := len(a.vars), a.known()
		v := a.fresh()
		inner := a.closed(depth)
		a.vars = a.vars[:outer]
		return fmt.Sprintf("every %s in %s { %s }", v, from, inner)
	default:
		return fmt.Sprintf("regex.match(%s, %s)", a.pick("`^/etc/.*`", "`(a|b)c$`", "`x+`", "`.`"), a.known())
	}
}

// closed is an expression that binds nothing.
func (a *author) closed(depth int) string {
	return a.pick(
		fmt.Sprintf("%s == %s", a.known(), a.pick(a.constant(), a.known())),
		fmt.Sprintf("startswith(%s, %s)", a.known(), a.text()),
		a.callable(a.term(depth), a.known()), a.known(),
	)
}

func (a *author) body(depth, n int) string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = a.expression(max(depth, 0))
	}
	return strings.Join(lines, "; ")
}

// definition is a rule, perhaps with an else.
func (a *author) definition(head string, params ...string) string {
	a.vars = append(a.vars[:0], params...)
	body := a.body(2, 1+a.r.IntN(3))
	result := a.pick("", "", fmt.Sprintf(" := %s", a.term(1)), " := true")
	text := fmt.Sprintf("%s%s if { %s }", head, result, body)
	if a.r.IntN(3) == 0 {
		a.vars = append(a.vars[:0], params...)
		other := a.body(1, 1)
		text += fmt.Sprintf(" else := %s if { %s }", a.term(1), other)
	}
	return text + "\n"
}

func (a *author) signature() string {
	var b strings.Builder
	a.level = 0
	b.WriteString(a.definition("g(x, y)", "x", "y"))
	a.level = 1
	b.WriteString(a.definition("f(x)", "x"))
	if a.r.IntN(2) == 0 {
		b.WriteString(a.definition("f(x)", "x"))
	}
	a.level = 2
	a.vars = a.vars[:0]
	fmt.Fprintf(&b, "names contains v if { v := %s }\n", a.term(1))
	fmt.Fprintf(&b, "names contains %s\n", a.constant())
	b.WriteString(a.definition("rule"))
	if a.r.IntN(2) == 0 {
		fmt.Fprintf(&b, "default rule := %s\n", a.constant())
	}
	a.level = 4
	for range 1 + a.r.IntN(2) {
		b.WriteString(a.definition("tracee_match"))
	}
	return b.String()
}

// Random signatures come out the same compiled, prefiltered and by topdown.
func TestRandomSignatures(t *testing.T) {
	total := comparisons(t, 6_000)
	r := rand.New(rand.NewPCG(5, uint64(total)))
	done, matches, failures, refused, left := 0, 0, 0, 0, 0
	for number := uint64(0); done < total && refused < total; number++ {
		a := &author{r: rand.New(rand.NewPCG(number, 17))}
		text := asSignature(fmt.Sprint(number), a.signature())
		programs, _ := NewLoader(Options{}).Load(t.Context(), fstest.MapFS{"a.rego": &fstest.MapFile{Data: []byte(text)}}, "")
		if len(programs) == 0 {
			refused++
			continue
		}
		rival := newRival(programs[0])
		if rival.run == nil {
			t.Errorf("not compiled: %s\n%s", rival.program.reason, text)
		}
		for range 30 {
			e := mutate(r, stream(1, 3)[0])
			if r.IntN(2) == 0 {
				e.Values = append(e.Values, odd(r))
				e.Shape.Args = append(e.Shape.Args, event.ArgSpec{Name: []string{"pathname", "fd", "argv"}[r.IntN(3)], Type: "x"})
			}
			if difference := rival.compare(t.Context(), e); difference != "" {
				t.Fatalf("signature %d: %s\n%s\non %s", number, difference, text, event.AppendJSON(nil, e))
			}
			done++
		}
		matches, failures, left = matches+rival.matches, failures+rival.errors, left+rival.left
	}
	t.Logf("%d comparisons, %d matches, %d errors, %d left out by the prefilter; %d signatures refused by OPA",
		done, matches, failures, left, refused)
	if matches < done/100 {
		t.Error("hardly anything matched")
	}
}
