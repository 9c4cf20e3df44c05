package tracee

import (
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// part is something that a signature points at.
type part struct {
	words []string
	back  *configured
}

// configured is a signature with everything that a copy must not share.
type configured struct {
	apiConnection
	names    []string
	nested   [][]int
	table    map[string][]string
	array    [2]map[string]int
	part     *part
	same     *part
	self     *configured
	anything any
	pattern  *regexp.Regexp
	since    time.Time
	net      netip.Prefix
	lock     sync.Mutex
	number   *int
	plain    func(string, string) bool
	none     map[string]int
	Exported map[*part]string
}

func TestDuplicateSharesNothing(t *testing.T) {
	one := 1
	p := &part{words: []string{"a"}}
	given := &configured{
		names: make([]string, 1, 8), nested: [][]int{{1}}, table: map[string][]string{"k": {"v"}},
		array: [2]map[string]int{{"a": 1}}, part: p, same: p, anything: map[string]int{"a": 1},
		pattern: regexp.MustCompile("a"), since: time.Now(), net: netip.MustParsePrefix("10.0.0.0/8"),
		number: &one, plain: strings.HasPrefix, Exported: map[*part]string{p: "x"},
	}
	given.self, p.back = given, given
	copied, err := duplicate(given)
	if err != nil {
		t.Fatal(err)
	}
	made, ok := copied.(*configured)
	if !ok || made == given {
		t.Fatalf("a copy of %p is %p", given, made)
	}
	if made.self != made || made.part.back != made || made.part == p || made.same != made.part || made.Exported[made.part] != "x" {
		t.Error("pointers do not lead to the copy's own parts")
	}
	if !made.since.Equal(given.since) || made.net != given.net || made.pattern != given.pattern || !made.plain("ab", "a") {
		t.Error("what never changes is not the same")
	}
	if made.none != nil {
		t.Error("a map that was not made is made")
	}
	// Changing everything in the copy leaves the original as it was.
	made.names = append(made.names, "x")
	made.names[0], made.nested[0][0], made.table["k"][0] = "x", 9, "x"
	made.table["new"], made.array[0]["a"], made.part.words[0], *made.number = nil, 9, "x", 9
	if m, ok := made.anything.(map[string]int); !ok || m["a"] != 1 {
		t.Errorf("the interface holds %v", made.anything)
	} else {
		m["a"] = 9
	}
	made.lock.Lock()
	want := []any{[]string{""}, [][]int{{1}}, map[string][]string{"k": {"v"}}, map[string]int{"a": 1}, []string{"a"}, 1, map[string]int{"a": 1}}
	got := []any{given.names, given.nested, given.table, given.array[0], p.words, one, given.anything}
	if !reflect.DeepEqual(got, want) || !given.lock.TryLock() || given.names[:2][1] != "" {
		t.Errorf("the original has changed: %v", got)
	}
}

// valued is a signature that is no pointer.
type valued struct {
	*numbersTracer
	words map[string]bool
}

func TestDuplicateOfValue(t *testing.T) {
	given := valued{&numbersTracer{}, map[string]bool{"a": true}}
	copied, err := duplicate(given)
	if err != nil {
		t.Fatal(err)
	}
	made, ok := copied.(valued)
	if !ok {
		t.Fatalf("the copy is a %T", copied)
	}
	made.words["b"] = true
	if len(given.words) != 1 || made.numbersTracer == given.numbersTracer {
		t.Error("the copy shares with the original")
	}
}

// odd is a signature with a field that holds what a test puts there.
type odd[T any] struct {
	numbersTracer
	inner struct{ field T }
}

func TestDuplicateRefuses(t *testing.T) {
	counter := 0
	closure := func() { counter++ }
	var file odd[*os.File]
	file.inner.field = os.Stdout
	var channel odd[chan int]
	channel.inner.field = make(chan int)
	var function odd[func()]
	function.inner.field = closure
	var bound odd[func()]
	bound.inner.field = file.Close
	var hidden odd[[]any]
	hidden.inner.field = []any{1, os.Stdout}
	var pool odd[*sync.Pool]
	pool.inner.field = &sync.Pool{}
	var circle odd[map[string]any]
	circle.inner.field = map[string]any{}
	circle.inner.field["self"] = circle.inner.field
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"a circle", refusal(New(&circle, Options{})), "holds itself, or is more than 10000 deep"},
		{"an open file", refusal(New(&file, Options{})), ".inner.field is a *os.File that exists already; make it in Init instead"},
		{"a channel", refusal(New(&channel, Options{})), ".inner.field is a chan int"},
		{"a closure", refusal(New(&function, Options{})), ".inner.field is a function with variables of its own"},
		{"a bound method", refusal(New(&bound, Options{})), ".inner.field is a function with variables of its own"},
		{"deep inside", refusal(New(&hidden, Options{})), ".inner.field[1] is a *os.File"},
		{"of the standard library", refusal(New(&pool, Options{})), ".inner.field is a *sync.Pool"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("got %v, want %q", c.err, c.want)
			}
		})
	}
	if _, err := New(&odd[*os.File]{}, Options{}); err != nil {
		t.Errorf("what is nil is refused: %v", err)
	}
}

func refusal(_ *Signature, err error) error { return err }
