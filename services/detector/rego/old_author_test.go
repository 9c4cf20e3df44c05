package rego

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/schemas/event"
)

// oldAuthor writes random signatures as people wrote them before "if" and
// "some": variables that are nowhere declared and have the same few names in
// all rules, unification, sets by brackets, functions over two files.
type oldAuthor struct {
	r *rand.Rand
	// level is how deep in the order of rules one stands: those of a lower level
	// may be called.
	level int
	// params are the parameters of the function that is being written.
	params []string
}

func (a *oldAuthor) pick(list ...string) string { return list[a.r.IntN(len(list))] }

func (a *oldAuthor) name() string {
	return a.pick(`"pathname"`, `"pathname"`, `"flags"`, `"argv"`, `"remote_addr"`, `"fd"`, `"bytes"`)
}

func (a *oldAuthor) text() string {
	return a.pick(`"/etc/passwd"`, `"/etc"`, `"/etc/"`, `"passwd"`, `"-c"`, `"o_wronly"`, `"O_RDWR"`, `""`, `"AF_UNIX"`, `"AF_INET"`,
		`"bash"`, `"memfd:"`, `"ÿ"`, `"\ufffd"`, `"4444"`, `"/PROC/x"`)
}

func (a *oldAuthor) texts() string {
	return a.pick("some_names", "lib.others", fmt.Sprintf("[%s, %s]", a.text(), a.text()), fmt.Sprintf("{%s, %s}", a.text(), a.text()),
		fmt.Sprintf("{%s: %s}", a.text(), a.text()), "[]", fmt.Sprintf("[%s, 1, null]", a.text()))
}

// index is a variable to loop with, of one of few names.
func (a *oldAuthor) index() string { return a.pick("i", "i", "j", "_") }

// term is something of the event, or what a function makes of it.
func (a *oldAuthor) term() string {
	if len(a.params) > 0 && a.r.IntN(3) > 0 {
		p := a.params[a.r.IntN(len(a.params))]
		return a.pick(p, p, p+".value", p+".name", p+"[_]")
	}
	switch a.r.IntN(12) {
	case 0, 1:
		return fmt.Sprintf("input.args[%s].value", a.index())
	case 2:
		return "input." + a.pick("processName", "eventName", "executable.path", "container.id", "containerId", "syscall", "userId")
	case 3:
		return fmt.Sprintf("helpers.get_tracee_argument(%s)[%s]", a.name(), a.pick("_", "0", `"sa_family"`, `"sun_path"`, "i"))
	case 4:
		return fmt.Sprintf("lower(helpers.get_tracee_argument(%s))", a.name())
	case 5:
		return fmt.Sprintf("%s[%s]", a.texts(), a.pick("_", "k", "i"))
	case 6, 7:
		if a.level > 0 {
			return a.function(a.pick("value_of", "lib.value_of"))
		}
		fallthrough
	default:
		return fmt.Sprintf("helpers.get_tracee_argument(%s)", a.name())
	}
}

// function is a call of a function of one argument.
func (a *oldAuthor) function(name string) string {
	return fmt.Sprintf("%s(%s)", name, a.pick("input.args[i]", "input.args[_]", "input.args[0]", a.text(), a.simple(), a.simple()))
}

func (a *oldAuthor) simple() string {
	return a.pick("input.processName", "input.args[i].value", fmt.Sprintf("helpers.get_tracee_argument(%s)", a.name()))
}

// expression is one line of a body.
func (a *oldAuthor) expression() string {
	v := a.pick("x", "y", "k")
	if len(a.params) > 0 && a.r.IntN(4) == 0 {
		return fmt.Sprintf("%s.name == %s", a.params[0], a.name())
	}
	if a.level > 0 && a.r.IntN(8) == 0 {
		return a.function(a.pick("lib.checked", "lib.checked", []string{"value_of", "checked"}[min(a.level-1, 1)]))
	}
	switch a.r.IntN(20) {
	case 0, 1:
		return fmt.Sprintf("input.args[%s].name %s %s", a.pick("i", "i", "j"), a.pick("==", "=", "=="), a.name())
	case 2, 3:
		return fmt.Sprintf("%s %s %s", a.term(), a.pick("==", "=", "=="), a.text())
	case 4, 5:
		return fmt.Sprintf("%s = %s", v, a.term())
	case 6:
		return fmt.Sprintf("%s == %s", a.text(), a.term())
	case 7, 8:
		return fmt.Sprintf("%s(%s, %s)", a.pick("startswith", "endswith", "contains"), a.term(), a.text())
	case 9:
		return fmt.Sprintf("strings.any_%s_match(%s, %s)", a.pick("prefix", "suffix"), a.pick(a.term(), a.texts()), a.pick(a.texts(), a.term()))
	case 10:
		return fmt.Sprintf("regex.match(%s, %s)", a.pick("`^/etc/.*`", "`(?i)^/ETC`", "`^(/etc|/proc)/`", "`passwd|shadow$`", "`^(?:memfd:)?.`",
			"`(?m)^a`", "`[a-c]x?`", "`^/etc/passwd$`", "`(/etc/){0,2}p`", "``", "`\\x{ff}`", "`(?s)/etc.passwd`"), a.term())
	case 11:
		return "not " + a.closed()
	case 12:
		return a.closed()
	case 13:
		return fmt.Sprintf("%s != %s", a.term(), a.text())
	case 14:
		if a.level > 1 {
			return fmt.Sprintf("%s with %s", a.pick("flag", "chosen == 1", "lib.always"), a.pick(`input.processName as "bash"`,
				`input as {"args": [{"name": "pathname", "value": "/etc/passwd"}]}`, `input.eventName as "openat"`))
		}
		return "true"
	case 15:
		return fmt.Sprintf("count([q | q = %s; %s]) %s 0", a.term(), a.closed(), a.pick(">", "=="))
	case 16:
		return fmt.Sprintf("some_names[%s]", a.term())
	default:
		return fmt.Sprintf("%s = %s; %s", v, a.term(), fmt.Sprintf("%s(%s, %s)", a.pick("startswith", "endswith", "contains"), v, a.text()))
	}
}

// closed is an expression that can stand behind a "not".
func (a *oldAuthor) closed() string {
	simple := fmt.Sprintf("helpers.get_tracee_argument(%s)", a.name())
	list := []string{
		fmt.Sprintf("%s == %s", simple, a.text()), fmt.Sprintf("startswith(%s, %s)", simple, a.text()),
		fmt.Sprintf("helpers.is_file_write(%s)", simple), "input.processName == " + a.text(),
		fmt.Sprintf("input.eventName == %s", a.pick(`"openat"`, `"x"`)),
	}
	if a.level > 0 {
		list = append(list, fmt.Sprintf("%s(%s)", a.pick("checked", "lib.checked"), simple), fmt.Sprintf("value_of(%s) == %s", simple, a.text()))
	}
	if a.level > 1 {
		list = append(list, "flag", "lib.always", "chosen == 1", `chosen = "/etc"`)
	}
	return list[a.r.IntN(len(list))]
}

func (a *oldAuthor) body(n int) string {
	var lines []string
	for range n {
		lines = append(lines, a.expression())
	}
	return strings.Join(lines, "; ")
}

// rule is a rule with one or two bodies, perhaps with an else.
func (a *oldAuthor) rule(head, result string, params ...string) string {
	a.params = params
	var b strings.Builder
	for range 1 + a.r.IntN(2) {
		fmt.Fprintf(&b, "%s%s { %s }", head, result, a.body(1+a.r.IntN(3)))
		if a.r.IntN(4) == 0 {
			fmt.Fprintf(&b, " else = %s { %s }", a.pick("1", "false", `"/etc"`, "{}"), a.body(1))
		}
		b.WriteByte('\n')
	}
	a.params = nil
	return b.String()
}

// loops are what bodies of one or two loops say of the arguments, which may be
// the same one.
func (a *oldAuthor) loops(arg string) string {
	all := []string{
		fmt.Sprintf("%s.name == %s", arg, a.name()), fmt.Sprintf("%s.value == %s", arg, a.text()), "true",
		fmt.Sprintf("%s(input.args[%s].value, %s)", a.pick("startswith", "endswith", "contains"), a.index(), a.pick(`"/"`, `"/etc"`, `"a"`)),
		fmt.Sprintf("x = input.args[%s]; x.name == %s", a.index(), a.name()), fmt.Sprintf("input.args[%s].name == %s", a.index(), a.name()),
	}
	a.r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return strings.Join(all[:1+a.r.IntN(3)], "; ")
}

// result is the value of a rule, which may have none but true.
func (a *oldAuthor) result(params ...string) string {
	list := append([]string{"", "", " = 1", ` = "/etc"`, " = false", " = input.args[i]", " = input.args[i].value"}, params...)
	return list[a.r.IntN(len(list))]
}

// files are a signature and the library that it uses.
func (a *oldAuthor) files() map[string]string {
	var lib, sig strings.Builder
	a.level = 0
	lib.WriteString("package lib\nimport data.tracee.helpers\nsome_names = [\"/etc\", \"passwd\"]\nothers[\"/etc\"]\nothers[\"-c\"]\n")
	lib.WriteString(a.rule("value_of(a)", a.result(" = a", " = a.value", " = lower(a)"), "a"))
	lib.WriteString(a.rule("checked(a)", a.result(), "a"))
	lib.WriteString(a.rule("always", a.result()))
	sig.WriteString("some_names[\"/etc/passwd\"]\nsome_names[n] { n = \"AF_UNIX\" }\n")
	sig.WriteString(a.rule("value_of(a)", a.result(" = a", " = a.value", " = lower(a)"), "a"))
	if a.r.IntN(3) == 0 {
		fmt.Fprintf(&sig, "value_of(%s) = %s { true }\n", a.text(), a.text())
	}
	a.level = 1
	sig.WriteString(a.rule("checked(a)", a.result(), "a"))
	if a.r.IntN(2) == 0 {
		fmt.Fprintf(&sig, "default checked(_) = %s\n", a.pick("false", "1"))
	}
	sig.WriteString(a.rule("flag", a.result()))
	sig.WriteString(a.rule("chosen", a.result()))
	if a.r.IntN(2) == 0 {
		fmt.Fprintf(&sig, "default chosen = %s\n", a.pick("false", "1"))
	}
	fmt.Fprintf(&lib, "named(a)%s { %s }\n", a.result(), a.loops("a"))
	a.level = 2
	if a.r.IntN(3) == 0 {
		fmt.Fprintf(&sig, "tracee_match { lib.named(input.args[%s]); %s }\n", a.index(), a.loops(fmt.Sprintf("input.args[%s]", a.index())))
		return map[string]string{"lib.rego": lib.String(), "old.rego": asOld(sig.String())}
	}
	for range 1 + a.r.IntN(2) {
		sig.WriteString(a.rule("tracee_match", a.pick("", "", ` = {"a": 1}`, " = chosen", " = {}", ` = {"p": input.processName}`)))
	}
	return map[string]string{"lib.rego": lib.String(), "old.rego": asOld(sig.String())}
}

// crowded is an event whose arguments hold what the signatures look for, in each
// other's places.
func crowded(r *rand.Rand) *event.Event {
	values := []string{"/etc/passwd", "/etc", "passwd", "-c", "AF_UNIX", "O_RDWR", "bash", "/etc/"}
	names := []string{"pathname", "flags", "argv", "fd"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	var args []any
	for _, name := range names[:1+r.IntN(4)] {
		args = append(args, name, values[r.IntN(len(values))])
	}
	return opened(args...)
}

// Random signatures of the older dialect come out the same in all ways.
func TestRandomOldSignatures(t *testing.T) {
	total := comparisons(t, 9_000)
	r := rand.New(rand.NewPCG(6, uint64(total)))
	base := stream(60, 3)
	done, matches, failures, refused, left := 0, 0, 0, 0, 0
	for number := uint64(0); done < total; number++ {
		texts := (&oldAuthor{r: rand.New(rand.NewPCG(number, uint64(total)))}).files()
		files := fstest.MapFS{}
		for name, text := range texts {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		programs, _ := NewLoader(Options{}).Load(t.Context(), files, "")
		if len(programs) == 0 {
			if refused++; refused > total {
				t.Fatal("OPA refuses all of it")
			}
			continue
		}
		rival := newRival(programs[0])
		if rival.run == nil {
			t.Fatalf("not compiled: %s\n%s\n%s", rival.program.reason, texts["old.rego"], texts["lib.rego"])
		}
		for range 30 {
			e := mutate(r, base[r.IntN(len(base))])
			if r.IntN(2) == 0 {
				e = crowded(r)
			}
			if difference := rival.compare(t.Context(), e); difference != "" {
				t.Fatalf("signature %d: %s\n%s\n%s\non %s", number, difference, texts["old.rego"], texts["lib.rego"], event.AppendJSON(nil, e))
			}
			done++
		}
		matches, failures, left = matches+rival.matches, failures+rival.errors, left+rival.left
	}
	t.Logf("%d comparisons, %d matches, %d errors, %d left out by the prefilter; %d signatures refused by OPA",
		done, matches, failures, left, refused)
	if matches < done/100 || left < done/20 {
		t.Error("hardly anything matched, or was left out")
	}
}
