package machine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// functions are the built-in functions that exist in Go, with their arities.
func functions() map[string]int {
	return map[string]int{
		"equal": 2, "neq": 2, "lt": 2, "lte": 2, "gt": 2, "gte": 2, "plus": 2, "minus": 2, "mul": 2,
		"startswith": 2, "endswith": 2, "contains": 2, "lower": 1, "upper": 1, "trim_space": 1, "trim_prefix": 2,
		"trim_suffix": 2, "trim": 2, "trim_left": 2, "trim_right": 2, "split": 2, "concat": 2, "substring": 3, "indexof": 2,
		"strings.any_prefix_match": 2, "strings.any_suffix_match": 2, "is_string": 1, "is_number": 1, "is_boolean": 1,
		"is_array": 1, "is_object": 1, "is_set": 1, "is_null": 1, "count": 1, "sum": 1, "internal.member_2": 2,
		"internal.member_3": 3, "numbers.range": 2, "object.get": 3, "regex.match": 2, "net.cidr_contains": 2,
	}
}

func list(values ...value.Value) value.Value {
	a := value.NewArray(len(values))
	for _, v := range values {
		a.Append(v)
	}
	return value.OfArray(a)
}

func set(values ...value.Value) value.Value {
	s := value.NewSet()
	for _, v := range values {
		s.Add(v)
	}
	return value.OfSet(s)
}

// any is a value of any kind, texts more often than others.
func anyValue(r *rand.Rand, depth int) value.Value {
	texts := []string{
		"", "a", "ab", "AB", "é", "/etc/passwd", "/etc/", "wd", "^a.*", "[", "10.0.0.0/8", "10.1.2.3", "::1", "::/0",
		"::ffff:10.1.2.3", "10.0.0.0/33", " a ", "a/b/c", "/", "fe80::1%eth0", "ǅ",
	}
	switch k := r.IntN(12); {
	case k < 5 || depth == 0 && k > 8:
		return value.String(texts[r.IntN(len(texts))])
	case k == 5:
		return value.Int([]int64{0, 1, -1, 2, 100, 1 << 62, -1 << 62, 9223372036854775807, -9223372036854775808}[r.IntN(9)])
	case k == 6:
		return value.Number([]string{"1.0", "0.5", "-0.0", "1e3", "9223372036854775808"}[r.IntN(5)])
	case k == 7:
		return value.Bool(r.IntN(2) == 0)
	case k == 8:
		return value.Null()
	case k == 9:
		return list(anyValue(r, depth-1), anyValue(r, depth-1))
	case k == 10:
		return set(anyValue(r, depth-1), anyValue(r, depth-1))
	default:
		o := value.NewObject()
		o.Insert(value.String("a"), anyValue(r, depth-1))
		o.Insert(value.Int(1), anyValue(r, depth-1))
		return value.OfObject(o)
	}
}

// What a function in Go answers is what OPA's own answers.
func TestNativeAsOPA(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	for name, arity := range functions() {
		fast := nativeBuiltin(name)
		if fast == nil {
			t.Errorf("%s does not exist in Go", name)
			continue
		}
		b, err := newBridge(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		answered := 0
		for range 2500 {
			m := (&Program{}).NewMachine(Limits{})
			m.begin(t.Context())
			args := make([]value.Value, arity)
			for i := range args {
				args[i] = favoured(r, name)
			}
			got, known := fast(m, args)
			if !known {
				continue
			}
			answered++
			want, sig := b.call(m, args)
			if sig == undefined {
				want = value.Value{}
			}
			if !value.Equal(got, want) || got.Defined() != want.Defined() {
				t.Fatalf("%s%v is %v, want %v", name, shown(args), got.AST(), want.AST())
			}
		}
		if answered < 50 {
			t.Errorf("%s answered only %d times", name, answered)
		}
	}
}

// favoured is a value, mostly of a kind that the function is for.
func favoured(r *rand.Rand, name string) value.Value {
	if r.IntN(3) == 0 {
		return anyValue(r, 1)
	}
	whole := func() value.Value { return value.Int([]int64{0, 1, -1, 2, 1 << 62, -9223372036854775808}[r.IntN(6)]) }
	switch name {
	case "plus", "minus", "mul":
		return whole()
	case "numbers.range":
		return value.Int(int64(r.IntN(20) - 10))
	case "sum":
		return list(whole(), whole())
	case "substring":
		return []value.Value{whole(), value.String("abcdef")}[r.IntN(2)]
	case "concat":
		return []value.Value{list(value.String("a"), value.String("b")), value.String(",")}[r.IntN(2)]
	case "net.cidr_contains":
		return value.String([]string{
			"10.0.0.0/8", "10.1.2.3", "11.0.0.1", "::/0", "fe80::1", "::ffff:10.1.2.3",
			"10.1.0.0/16", "::ffff:10.0.0.0/104",
		}[r.IntN(8)])
	default:
		return anyValue(r, 1)
	}
}

func shown(args []value.Value) string {
	text := ""
	for _, a := range args {
		text += fmt.Sprint(a.AST(), ", ")
	}
	return "(" + text + ")"
}
