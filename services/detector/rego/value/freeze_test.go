package value

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

// What is frozen may be read by many: walked over, looked up, compared and
// converted.
func TestFrozenValuesAreShared(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	o, s := NewObject(), NewSet()
	for i := range 40 {
		inner := NewSet()
		for range 12 {
			inner.Add(FromAST(random(r, 1)))
		}
		o.Insert(OfSet(inner), Int(int64(-i)))
		s.Add(OfSet(inner))
	}
	list := NewArray(2)
	list.Append(OfObject(o))
	list.Append(OfSet(s))
	v := OfArray(list)
	Freeze(v)
	want := v.AST().String()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for it := Iterate(v.Get(Int(0))); ; {
				k, x, more := it.Next()
				if !more {
					break
				}
				if !s.Has(k) || !Equal(o.Get(k), x) || Compare(v, v) != 0 {
					t.Error("a value was not found again")
				}
			}
			if v.AST().String() != want {
				t.Error("another order")
			}
		})
	}
	all.Wait()
}

// A key that is there is never there twice, however many keys there are and
// however often they were brought in order in between.
func TestObjectsWhileTheyGrow(t *testing.T) {
	for _, n := range []int{0, 1, linear, linear + 1, 100} {
		o := NewObject()
		for i := range n {
			o.Insert(Int(int64(n-i)), Int(int64(i)))
			if k, _ := o.At(0); !Equal(k, Int(int64(n-i))) {
				t.Errorf("the first key is %s, want %d", k.AST(), n-i)
			}
		}
		o.Insert(String("more"), Null())
		o.Insert(Number("1.0"), String("other"))
		o.Insert(Int(1), String("last"))
		if text, _ := o.Get(Int(1)).Text(); text != "last" || o.Len() != max(n, 1)+1 {
			t.Errorf("of %d keys there are %d, the first is %s", n, o.Len(), o.Get(Int(1)).AST())
		}
	}
}

// Iterators over views give what looking up gives, and the number of turns that
// Len says.
func TestIteratorsOverViews(t *testing.T) {
	e := &Event{}
	e.Reset(&event.Event{
		Shape: &event.Shape{Name: "x", Args: []event.ArgSpec{{Name: "m"}, {Name: "l"}, {Name: "none"}}},
		Values: []event.Value{
			event.Map("b", "1", "a", "2", "b", "3", "\xff", "4", "\xfe", "5"), event.Strings([]string{"x", "\xff"}),
		},
		Context: &event.Context{},
	})
	collections := 0
	var look func(v Value)
	look = func(v Value) {
		turns := 0
		var last Value
		for it := Iterate(v); ; turns++ {
			k, x, more := it.Next()
			if !more {
				break
			}
			if got := v.Get(k); !Equal(got, x) {
				t.Errorf("%s at %s is %s, and was %s", v.AST(), k.AST(), got.AST(), x.AST())
			}
			if turns > 0 && Compare(last, k) >= 0 {
				t.Errorf("%s comes after %s", k.AST(), last.AST())
			}
			last = k
			look(x)
		}
		if turns != v.Len() {
			t.Errorf("%s has %d elements, and gave %d", v.AST(), v.Len(), turns)
		}
		if v.IsCollection() {
			collections++
		}
	}
	look(e.Root())
	if collections < 10 {
		t.Errorf("only %d collections", collections)
	}
	pairs := e.Root().Member("args").Get(Int(0)).Member("value")
	if text, _ := pairs.Member("\ufffd").Text(); pairs.Len() != 3 || text != "5" {
		t.Errorf("%s", pairs.AST())
	}
}
