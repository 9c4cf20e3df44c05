package kernels

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
)

// Result is how one test ended in a guest.
type Result struct {
	// Package is relative to the root; Test has slashes where it is part of
	// another.
	Package, Test string
	// Outcome is "pass", "fail" or "skip".
	Outcome string
	// Output is what the test printed.
	Output string
	// Attrs are what it noted with testing.T.Attr, in order.
	Attrs [][2]string
}

// event is one line of go tool test2json.
type event struct {
	Action, Test, Output, Key, Value string
}

// parse makes results of what a test binary printed with -test.v=test2json. What
// it printed outside of any test is a result without a name, which fails if the
// binary did.
func parse(ctx context.Context, pack string, output []byte, code int) ([]Result, error) {
	cmd := exec.CommandContext(ctx, "go", "tool", "test2json")
	cmd.Stdin = bytes.NewReader(output)
	lines, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("test2json of %s: %w", pack, err)
	}
	return collect(pack, lines, code)
}

// collect reads the lines of test2json.
func collect(pack string, lines []byte, code int) ([]Result, error) {
	var order []string
	byName := map[string]*Result{}
	for line := range bytes.Lines(lines) {
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("test2json of %s: %w: %q", pack, err, line)
		}
		r := byName[e.Test]
		if r == nil {
			r = &Result{Package: pack, Test: e.Test}
			byName[e.Test] = r
			order = append(order, e.Test)
		}
		switch e.Action {
		case "pass", "fail", "skip":
			r.Outcome = e.Action
		case "output":
			r.Output += e.Output
		case "attr":
			r.Attrs = append(r.Attrs, [2]string{e.Key, e.Value})
		}
	}
	return finish(order, byName, code), nil
}

// finish gives an outcome to tests that never ended, and to the binary.
func finish(order []string, byName map[string]*Result, code int) []Result {
	var list []Result
	for _, name := range order {
		r := byName[name]
		switch {
		case name == "" && code == 0:
			continue
		case name == "":
			r.Outcome, r.Output = "fail", r.Output+fmt.Sprintf("exit code %d\n", code)
		case r.Outcome == "":
			r.Outcome, r.Output = "fail", r.Output+"it did not end\n"
		}
		list = append(list, *r)
	}
	return list
}

// reason is what a skipped test said last, without its place in the source.
func (r Result) reason() string {
	last := ""
	for line := range strings.Lines(r.Output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			last = line
		}
	}
	if place, text, ok := strings.Cut(last, ": "); ok && strings.Contains(place, ".go:") {
		return text
	}
	return last
}
