package value

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
)

// random returns a value of OPA's of any kind, collections to a small depth.
func random(r *rand.Rand, depth int) ast.Value {
	kinds := 8
	if depth == 0 {
		kinds = 5
	}
	switch r.IntN(kinds) {
	case 0:
		return ast.NullValue
	case 1:
		return ast.Boolean(r.IntN(2) == 0)
	case 2:
		texts := []string{
			"0", "1", "1.0", "-1", "2", "10", "1e1", "0.5", "9223372036854775807", "9223372036854775808",
			"18446744073709551615", "-0.0", "1e400", "123456789012345678901234567890",
		}
		return ast.Number(json.Number(texts[r.IntN(len(texts))]))
	case 3, 4:
		texts := []string{"", "a", "b", "ab", "é", "\x00", "zz"}
		return ast.String(texts[r.IntN(len(texts))])
	case 5:
		var list []*ast.Term
		for range r.IntN(5) {
			list = append(list, ast.NewTerm(random(r, depth-1)))
		}
		return ast.NewArray(list...)
	case 6:
		o := ast.NewObject()
		for range r.IntN(14) {
			// Keys of several kinds may share a hash in OPA's objects, which
			// then lose one of them when the other is set again.
			if k := random(r, depth-1); o.Get(ast.NewTerm(k)) == nil && !slices.ContainsFunc(o.Keys(), func(t *ast.Term) bool { return t.Value.Compare(k) == 0 }) {
				o.Insert(ast.NewTerm(k), ast.NewTerm(random(r, depth-1)))
			}
		}
		return o
	default:
		s := ast.NewSet()
		for range r.IntN(14) {
			s.Add(ast.NewTerm(random(r, depth-1)))
		}
		return s
	}
}

// Order, equality, hashes and look-ups are OPA's.
func TestAsOPA(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 40_000 {
		a, b := random(r, 2), random(r, 2)
		x, y := FromAST(a), FromAST(b)
		want := ast.Compare(a, b)
		if got := Compare(x, y); sign(got) != sign(want) {
			t.Fatalf("compare %v with %v: %d, want %d", a, b, got, want)
		}
		if Equal(x, y) != (want == 0) {
			t.Fatalf("equal %v, %v", a, b)
		}
		if want == 0 && x.hash() != y.hash() {
			t.Fatalf("%v and %v are equal and have two hashes", a, b)
		}
		if back := x.AST(); ast.Compare(back, a) != 0 {
			t.Fatalf("%v came back as %v", a, back)
		}
		checkGo(t, a, x)
		checkGet(t, a, x, b, y)
	}
}

func sign(n int) int { return min(max(n, -1), 1) }

func checkGo(t *testing.T, a ast.Value, x Value) {
	t.Helper()
	want, wrong := ast.JSON(a)
	got, err := x.Go()
	if wrong != nil || err != nil {
		t.Fatalf("%v: %v, %v", a, wrong, err)
	}
	// Keys that are written the same in JSON may fall on each other.
	if _, object := a.(ast.Object); !object && !reflect.DeepEqual(got, want) {
		t.Fatalf("%v as Go: %v, want %v", a, got, want)
	}
}

func checkGet(t *testing.T, a ast.Value, x Value, key ast.Value, k Value) {
	t.Helper()
	var want *ast.Term
	switch a := a.(type) {
	case *ast.Array:
		want = a.Get(ast.NewTerm(key))
	case ast.Object:
		want = a.Get(ast.NewTerm(key))
	case ast.Set:
		if a.Contains(ast.NewTerm(key)) {
			want = ast.NewTerm(key)
		}
	}
	got := x.Get(k)
	if (want != nil) != got.Defined() || want != nil && !Equal(got, FromAST(want.Value)) {
		t.Fatalf("%v[%v] is %v, want %v", a, key, got.AST(), want)
	}
}

// An event reads as the JSON that it is written as.
func TestEventAsItsJSON(t *testing.T) {
	texts := []string{
		`{"eventName":"openat","args":[{"name":"pathname","type":"const char*","value":"/etc/passwd"},` +
			`{"name":"flags","type":"int","value":577},{"name":"big","type":"unsigned long","value":18446744073709551615}]}`,
		`{"eventName":"x","container":{"id":"c","image":"i"},"kubernetes":{"podName":"p","podSandbox":true},` +
			`"contextFlags":{"containerStarted":true},"matchedPolicies":["a"],"metadata":{"Version":"1"},` +
			`"stackAddresses":[1,2],"args":[{"name":"argv","type":"const char*const*","value":["a","b\ud800"]}]}`,
		`{"eventName":"connect","executable":{"path":"/bin/x"},"args":[{"name":"addr","type":"struct sockaddr*",` +
			`"value":{"sa_family":"AF_INET","sin_port":"80"}},{"name":"x","type":"odd","value":{"a":[1.5,null,true]}},` +
			`{"name":"b","type":"bytes","value":"f0VMRg=="},{"name":"f","type":"float64","value":1e300}]}`,
		`{"eventName":"connect","dns":{"names":["a.test","b\ud800"],"status":"stale"}}`, `{"dns":{"status":"lost"}}`,
		`{"eventName":"","args":[]}`,
	}
	for _, text := range texts {
		e, err := event.ParseJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		e.Context.ProcessName = "c\xffm"
		var at Event
		at.Reset(e)
		want, err := ast.ValueFromReader(jsonReader(e))
		if err != nil {
			t.Fatal(err)
		}
		root := at.Root()
		if got := root.AST(); ast.Compare(got, want) != 0 {
			t.Errorf("the event reads as\n%v, want\n%v", got, want)
		}
		if !Equal(root, FromAST(want)) || root.hash() != FromAST(want).hash() || root.Len() != want.(ast.Object).Len() {
			t.Errorf("the event does not equal its copy: %s", text)
		}
		want.(ast.Object).Foreach(func(k, v *ast.Term) {
			if got := root.Get(FromAST(k.Value)); ast.Compare(got.AST(), v.Value) != 0 {
				t.Errorf("%v is %v, want %v", k, got.AST(), v)
			}
		})
		if root.Member("nothing").Defined() || root.Get(Int(1)).Defined() {
			t.Error("a key that no event has is there")
		}
	}
}

func TestArg(t *testing.T) {
	e, err := event.ParseJSON([]byte(`{"eventName":"openat","args":[{"name":"a","type":"int","value":1},` +
		`{"name":"b","type":"int","value":2},{"name":"b","type":"int","value":3}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var at Event
	at.Reset(e)
	if v, found, unique := at.Arg("a"); !Equal(v, Int(1)) || !found || !unique {
		t.Error("a is not found")
	}
	if _, found, unique := at.Arg("b"); !found || unique {
		t.Error("b is taken for unique")
	}
	if _, found, _ := at.Arg("c"); found {
		t.Error("c is found")
	}
	allocs := testing.AllocsPerRun(100, func() {
		at.Reset(e)
		at.Arg("a")
	})
	if allocs != 0 {
		t.Errorf("%v allocations for one argument", allocs)
	}
}
