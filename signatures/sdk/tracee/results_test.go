package tracee

import (
	"errors"
	"reflect"
	"testing"
	"time"

	theirs "github.com/aquasecurity/tracee/types/datasource"
	"github.com/aquasecurity/tracee/types/detect"

	"github.com/weirsec/weir/signatures/sdk"
	ours "github.com/weirsec/weir/signatures/sdk/datasource"
)

// fill sets every field of a struct to something else.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		if at, ok := reflect.TypeAssert[*time.Time](v.Addr()); ok {
			*at = time.Unix(int64(*n), 0)
			return
		}
		for _, field := range v.Fields() {
			fill(field, n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[int]uint32{*n: uint32(*n)}))
	case reflect.String:
		v.SetString(time.Duration(*n).String())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint32:
		v.SetUint(uint64(*n))
	default:
		v.SetInt(int64(*n))
	}
}

// There and back again, nothing of a key or a result is lost.
func TestKeysAndResults(t *testing.T) {
	n := 0
	for _, given := range []any{&theirs.ProcKey{}, &theirs.ThreadKey{}, &theirs.LineageKey{}} {
		v := reflect.ValueOf(given).Elem()
		fill(v, &n)
		converted := keyFromTracee(v.Interface())
		if reflect.TypeOf(converted) == v.Type() || keyForTracee(converted) != v.Interface() {
			t.Errorf("%T: %+v became %+v", given, v.Interface(), converted)
		}
		// A pointer is no key, in either world.
		if keyFromTracee(given) != given || keyForTracee(given) != given {
			t.Errorf("a %T is converted", given)
		}
	}
	for _, given := range []any{
		&theirs.TimeRelevantInfo[theirs.ProcessInfo]{}, &theirs.TimeRelevantInfo[theirs.ThreadInfo]{}, &theirs.ProcessLineage{},
	} {
		v := reflect.ValueOf(given).Elem()
		fill(v, &n)
		converted := resultFromTracee(map[string]any{"a": v.Interface(), "b": 7})
		if reflect.TypeOf(converted["a"]) == v.Type() || converted["b"] != 7 {
			t.Errorf("%T became %T", given, converted["a"])
		}
		if back := resultForTracee(converted)["a"]; !reflect.DeepEqual(back, v.Interface()) {
			t.Errorf("%+v came back as %+v", v.Interface(), back)
		}
	}
	if resultForTracee(nil) != nil {
		t.Error("no result becomes one")
	}
}

// tree is a process tree of Weir's.
type tree struct{ containers }

func (tree) ID() string { return ours.ProcessTree }
func (tree) Get(key any) (map[string]any, error) {
	switch k := key.(type) {
	case ours.ProcKey:
		if k.EntityID != 22 {
			return nil, sdk.ErrDataNotFound
		}
		return map[string]any{"process_info": ours.TimeRelevant[ours.ProcessInfo]{
			Timestamp: k.Time, Info: ours.ProcessInfo{EntityID: 22, Cmd: []string{"cat"}},
		}}, nil
	case ours.ThreadKey:
		return map[string]any{"thread_info": ours.TimeRelevant[ours.ThreadInfo]{Info: ours.ThreadInfo{Name: "cat", TID: 12}}}, nil
	case ours.LineageKey:
		list := ours.ProcessLineage{{Info: ours.ProcessInfo{EntityID: 22}}, {Info: ours.ProcessInfo{EntityID: 23}}}
		return map[string]any{"process_lineage": list[:min(len(list), 1+k.MaxDepth)]}, nil
	default:
		return nil, sdk.ErrKeyNotSupported
	}
}

// Signatures look up processes through a wrapper in the types module.
func TestProcessTree(t *testing.T) {
	context := sdk.NewContext(nil).WithHost(hosted{containers{}, tree{}})
	i := newInstance(&Signature{}, nil, context)
	processes, err := theirs.GetProcessTreeDataSource(detect.SignatureContext{GetDataSource: i.source})
	if err != nil {
		t.Fatal(err)
	}
	e := Event(full(), false)
	process, err := processes.GetEventProcessInfo(&e)
	if err != nil || process.Info.EntityId != 22 || !reflect.DeepEqual(process.Info.Cmd, []string{"cat"}) ||
		process.Timestamp.UnixNano() != int64(e.Timestamp) {
		t.Errorf("process %+v, %v", process, err)
	}
	thread, err := processes.GetEventThreadInfo(&e)
	if err != nil || thread.Info.Name != "cat" || thread.Info.Tid != 12 {
		t.Errorf("thread %+v, %v", thread, err)
	}
	for depth, want := range []int{1, 2, 2} {
		lineage, err := processes.GetEventProcessLineage(&e, depth)
		if err != nil || len(*lineage) != want {
			t.Errorf("lineage %+v, %v", lineage, err)
		}
	}
	s, _ := i.source("tracee", "process_tree")
	if _, err := s.Get(theirs.ProcKey{EntityId: 1}); !errors.Is(err, detect.ErrDataNotFound) {
		t.Errorf("an unknown process: %v", err)
	}
	if _, err := s.Get(&theirs.ProcKey{EntityId: 22}); !errors.Is(err, detect.ErrKeyNotSupported) {
		t.Errorf("a key by pointer: %v", err)
	}
}
