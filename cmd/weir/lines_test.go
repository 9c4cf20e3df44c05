package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// readLines returns all lines, "!" for one that was too long.
func readLines(t *testing.T, r io.Reader) []string {
	t.Helper()
	lines := newLineReader(r)
	var got []string
	for {
		line, err := lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return got
		case errors.Is(err, errLineTooLong):
			got = append(got, "!")
		case err != nil:
			t.Fatal(err)
		default:
			got = append(got, string(line))
		}
	}
}

func TestLineReader(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for _, c := range []struct {
		name, input string
		want        []string
	}{
		{"empty", "", nil},
		{"no end", "a\nb", []string{"a", "b"}},
		{"empty lines", "a\n\nb\n", []string{"a", "", "b"}},
		{"longest", long + "\nb\n", []string{long, "b"}},
		{"too long", long + "x\nb\n", []string{"!", "b"}},
		{"too long at the end", "a\n" + long + "xx", []string{"a", "!"}},
		{"much too long", long + long + long + "\nb", []string{"!", "b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := readLines(t, strings.NewReader(c.input)); !slices.Equal(got, c.want) {
				t.Errorf("%d lines, want %d", len(got), len(c.want))
			}
		})
	}
	if got := readLines(t, iotest.OneByteReader(strings.NewReader("ab\ncd\n"))); !slices.Equal(got, []string{"ab", "cd"}) {
		t.Errorf("byte by byte: %q", got)
	}
}

func TestLineReaderError(t *testing.T) {
	broken := errors.New("disk gone")
	lines := newLineReader(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)))
	if line, err := lines.next(); err != nil || string(line) != "a" {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := lines.next(); !errors.Is(err, broken) {
		t.Errorf("got %v, want the reader's error", err)
	}
}

func FuzzLineReader(f *testing.F) {
	f.Add("a\nb\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		got := readLines(t, strings.NewReader(text))
		want := strings.Split(text, "\n")
		if want[len(want)-1] == "" {
			want = want[:len(want)-1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
