package rego

import "fmt"

// oddities are bodies of matches that use Rego in ways in which evaluators and
// prefilters go wrong. Each becomes a signature that sees every event.
func oddities() map[string]string {
	return map[string]string{
		"negated argument":   `tracee_match if not helpers.get_tracee_argument("pathname")`,
		"negated comparison": `tracee_match if { path := helpers.get_tracee_argument("pathname"); not startswith(path, "/etc") }`,
		"else chain": `tracee_match := {"k": kind}
kind := "etc" if startswith(helpers.get_tracee_argument("pathname"), "/etc")
else := "proc" if startswith(helpers.get_tracee_argument("pathname"), "/proc")
else := "none"`,
		"default match":    "default tracee_match := false\ntracee_match if input.userId == 1",
		"default document": `default tracee_match := {"always": true}`,
		"conflict": `tracee_match := {"a": 1} if startswith(helpers.get_tracee_argument("pathname"), "/etc")
tracee_match := {"a": 2} if contains(helpers.get_tracee_argument("pathname"), "passwd")`,
		"conflict of kinds": `tracee_match if input.userId == 0
tracee_match := {"u": 0} if input.userId < 2`,
		"conflict in a function": `f(x) := 1 if x >= 0
f(x) := 2 if x >= 1
tracee_match if f(input.userId)`,
		"string result":   `tracee_match := "text" if input.userId == 0`,
		"number result":   `tracee_match := 0`,
		"empty document":  `tracee_match := {} if input.userId == 1`,
		"false or object": `tracee_match := v if { v := [false, {"u": 1}, "x"][input.userId] }`,
		"partial object":  `tracee_match[k] := v if { some arg in input.args; k := arg.name; v := arg.value }`,
		"partial set":     `tracee_match contains arg.name if some arg in input.args`,
		"set of names": `names contains arg.name if some arg in input.args
tracee_match := {"names": names} if count(names) > 3`,
		"comprehensions":                `tracee_match := {"long": [a.name | some a in input.args; count(a.name) > 5], "types": {a.type | some a in input.args}, "by": {a.name: a.type | some a in input.args}}`,
		"object comprehension conflict": `tracee_match := {v: a.name | some a in input.args; v := a.type}`,
		"every":                         `tracee_match if every a in input.args { a.name != "flags" }`,
		"every over nothing":            `tracee_match if every a in helpers.get_tracee_argument("argv") { startswith(a, "/") }`,
		"with input":                    `tracee_match if { x with input as {"userId": 9}; y }` + "\nx if input.userId == 9\ny if input.userId == 1",
		"with part of input":            `tracee_match if z with input.processName as "other"` + "\nz if { input.processName == \"other\"; input.userId == 1 }",
		"with function":                 `tracee_match if { g(1) with f as h }` + "\nf(x) := x\nh(x) := x if input.userId == 2\ng(x) if f(x)",
		"walk":                          `tracee_match := {"n": n} if { n := count([v | walk(input, [_, v]); v == "const char*"]); n > 1 }`,
		"arithmetic":                    `tracee_match := {"x": x} if { x := ((input.userId * 3) + 7) % 4; x > 1; x / 2 != 1.5 }`,
		"division by zero":              `tracee_match if 1 / input.userId == 1`,
		"large numbers":                 `tracee_match := {"t": t, "n": n} if { t := input.timestamp + 9007199254740993; n := input.timestamp * input.timestamp }`,
		"numbers as text":               `tracee_match := {"s": sprintf("%d/%v/%s", [input.userId, input.args, input.eventName])} if input.userId == 1`,
		"type mistakes":                 `tracee_match if startswith(input.userId, "a")`,
		"type mistakes negated":         `tracee_match if not startswith(input.userId, "a")`,
		"lower":                         `tracee_match if contains(lower(helpers.get_tracee_argument("pathname")), "passwd")`,
		"upper":                         `tracee_match := {"u": upper(input.processName)} if endswith(upper(input.processName), "SH")`,
		"member of a list":              `tracee_match if "-c" in helpers.get_tracee_argument("argv")`,
		"member with a number":          `tracee_match if helpers.get_tracee_argument("fd") in {1, 2, "3"}`,
		"member of an object":           `tracee_match if "AF_UNIX" in helpers.get_tracee_argument("remote_addr")`,
		"key in a list":                 `tracee_match if 1, "-c" in helpers.get_tracee_argument("argv")`,
		"loop with a later name":        `tracee_match if { input.args[i].value == "/etc/passwd"; input.args[i].name == "pathname" }`,
		"two loops":                     `tracee_match if { some a, b in input.args; some c, d in input.args; a != c; b.type == d.type; b.name > d.name }`,
		"by place":                      `tracee_match if startswith(input.args[1].value, "/etc")`,
		"prefixes":                      `tracee_match if strings.any_prefix_match(helpers.get_tracee_argument("pathname"), ["/etc/", "/proc/"])`,
		"suffixes of a list":            `tracee_match if strings.any_suffix_match(helpers.get_tracee_argument("argv"), {"-c", "/tmp"})`,
		"regular expression":            "tracee_match if regex.match(`(?i)^/ETC/.*wd[0-9]*$`, helpers.get_tracee_argument(\"pathname\"))",
		"alternatives":                  "tracee_match if regex.match(`^/etc/(passwd|shadow)|mem[0-9]$`, helpers.get_tracee_argument(\"pathname\"))",
		"glob":                          `tracee_match if glob.match("/etc/*", ["/"], helpers.get_tracee_argument("pathname"))`,
		"set operations":                `tracee_match := {"d": d} if { a := {x.name | some x in input.args}; d := (a - {"flags"}) & {"pathname", "mode", "fd"}; d != set() }`,
		"nested document":               `tracee_match := {"a": {"b": [input.userId, {"c": input.executable}]}, "k": input.kubernetes, "f": input.contextFlags} if input.userId == 2`,
		"whole input":                   `tracee_match := {"input": input} if input.userId == 1`,
		"base64":                        `tracee_match if helpers.is_elf_file(helpers.get_tracee_argument("bytes"))`,
		"written or read":               `tracee_match := {"w": helpers.is_file_write(f), "r": helpers.is_file_read(f)} if f := helpers.get_tracee_argument("flags")`,
		"constants": `allowed := {"a", "b", sprintf("tool%d", [3])}
limit := count(allowed) - 1
tracee_match if input.userId == limit`,
		"json":                  `tracee_match := {"j": json.unmarshal(json.marshal(input.args))} if input.userId == 1`,
		"undefined":             `tracee_match if input.nothing.at.all`,
		"not a key":             `tracee_match if input["eventName"] == "openat"`,
		"dynamic":               `tracee_match if { some k in ["userId", "processId"]; input[k] == 1 }`,
		"event name":            `tracee_match if startswith(input.eventName, "sched")`,
		"flags word":            `tracee_match if contains(helpers.get_tracee_argument("flags"), "O_CREAT")`,
		"unicode":               `tracee_match if contains(helpers.get_tracee_argument("pathname"), "ÿ")`,
		"replacement character": `tracee_match if contains(helpers.get_tracee_argument("pathname"), "\ufffd")`,
		"family":                `tracee_match := {"p": p} if { a := helpers.get_tracee_argument("remote_addr"); a.sa_family == "AF_INET"; p := to_number(a.sin_port); p > 100 }`,
		"object keys":           `tracee_match := {"k": k} if { a := helpers.get_tracee_argument("remote_addr"); k := object.keys(a); object.get(a, "sun_path", "none") != "none" }`,
		"function of patterns": `f("openat", x) := x if x == 1
f("ptrace", _) := true
tracee_match if f(input.eventName, input.userId)`,
		"set of objects":       `tracee_match if {"name": "fd", "type": "int", "value": 3} in input.args`,
		"array destructuring":  `tracee_match if { [a, b] := ["x", input.userId]; b == 1; a == "x" }`,
		"object destructuring": `tracee_match if { {"sa_family": f, "sun_path": _} := helpers.get_tracee_argument("remote_addr"); f == "AF_UNIX" }`,
		"min and max":          `tracee_match := {"m": max([count(a.name) | some a in input.args]), "s": sort([a.name | some a in input.args])} if input.userId == 0`,
	}
}

// asSignature is an oddity as a file.
func asSignature(name, body string) string {
	return fmt.Sprintf(`package tracee.odd

import rego.v1
import data.tracee.helpers

__rego_metadoc__ := {"id": %q, "version": "1"}

tracee_selected_events contains {"source": "tracee"}

%s
`, name, body)
}
