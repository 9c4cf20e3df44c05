package kernels

import (
	"bytes"
	"strings"
	"testing"
)

// progress logs how each of a guest's tests ends, as it does: a machine takes
// minutes for all of them.
type progress struct {
	log  func(args ...any)
	pack string
	line []byte
}

// Write implements io.Writer.
func (p *progress) Write(text []byte) (int, error) {
	n := len(text)
	for {
		part, rest, whole := bytes.Cut(text, []byte("\n"))
		p.line = append(p.line, part...)
		if !whole {
			return n, nil
		}
		// What marks a line for test2json comes before it.
		end, ok := strings.CutPrefix(strings.TrimLeft(string(p.line), "\x16"), "--- ")
		if ok && !strings.Contains(end, "/") {
			p.log(p.pack, end)
		}
		p.line, text = p.line[:0], rest
	}
}

func TestProgress(t *testing.T) {
	var got []string
	p := &progress{pack: "bpf", log: func(args ...any) { got = append(got, args[0].(string)+" "+args[1].(string)) }}
	for _, part := range []string{
		"\x16=== RUN   TestOne\n    one_test.go:1: te", "xt\n\x16--- PA", "SS: TestOne (0.01s)\n\x16--- PASS: TestOne/part (0.00s)\n--- FAIL: TestTwo (2.00s)\n",
	} {
		if n, err := p.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("%d of %d bytes, error %v", n, len(part), err)
		}
	}
	if want := "bpf PASS: TestOne (0.01s), bpf FAIL: TestTwo (2.00s)"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
