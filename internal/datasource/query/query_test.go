package query

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/lookup"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

var at = time.Unix(1700000000, 123456789)

// ids are Weir's own sources.
func ids() []string {
	return []string{datasource.Containers, datasource.ProcessTree, datasource.DNS}
}

// Keys go over the bus and come back as they were.
func TestKeysComeBack(t *testing.T) {
	for _, c := range []struct {
		id  string
		key any
	}{
		{"containers", "c1"},
		{"dns", "example.org"},
		{"process_tree", datasource.ProcKey{EntityID: 7, Time: at}},
		{"process_tree", datasource.ThreadKey{EntityID: 7, Time: at}},
		{"process_tree", datasource.LineageKey{EntityID: 7, Time: at, MaxDepth: 3}},
	} {
		k, when, err := FromKey(c.id, c.key)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ToKey(c.id, k, when); err != nil || got != c.key {
			t.Errorf("%s: %#v became %#v: %v", c.id, c.key, got, err)
		}
	}
}

func TestUnsupportedKeys(t *testing.T) {
	for _, c := range []struct {
		id   string
		key  any
		want string
	}{
		{"process_tree", &datasource.ProcKey{}, "a *datasource.ProcKey is a pointer, process_tree takes keys by value"},
		{"process_tree", &datasource.LineageKey{}, "is a pointer"},
		{"process_tree", "7", "process_tree takes no string, it takes [datasource.ProcKey"},
		{"process_tree", 7, "takes no int"},
		{"containers", new(string), "a *string is a pointer"},
		{"containers", datasource.ProcKey{}, "takes no datasource.ProcKey"},
		{"containers", nil, "takes no <nil>"},
		{"dns", []byte("a"), "takes no []uint8"},
		{"dns", new(int), "takes no *int"},
		{"other", "a", "takes no string"},
	} {
		for _, err := range []error{Check(c.id, c.key), func() error { _, _, err := FromKey(c.id, c.key); return err }()} {
			if !errors.Is(err, sdk.ErrKeyNotSupported) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s of %T: %v, want %q", c.id, c.key, err, c.want)
			}
		}
	}
}

func TestToKeyRefuses(t *testing.T) {
	for _, c := range []struct {
		id   string
		key  lookup.Key
		code lookup.Code
		want string
	}{
		{"containers", lookup.Key{Entity: 1}, 400, "text only"},
		{"containers", lookup.Key{Text: "a", Container: "b"}, 400, "text only"},
		{"dns", lookup.Key{Container: "b"}, 400, "a name or an address"},
		{"dns", lookup.Key{Text: "a", PID: 3}, 400, "a name or an address"},
		{"process_tree", lookup.Key{Text: "a"}, 400, "entity or pid"},
		{"process_tree", lookup.Key{PID: 1}, 400, "an entity or a pid is needed"},
		{"process_tree", lookup.Key{Entity: 1, Depth: 2}, 400, "only a lineage"},
		{"rumours", lookup.Key{Text: "a"}, 404, "no data source rumours"},
	} {
		_, err := ToKey(c.id, c.key, at)
		var refused *lookup.Error
		if !errors.As(err, &refused) || refused.Code != c.code || !strings.Contains(refused.Text, c.want) {
			t.Errorf("%s %+v: %v, want %q", c.id, c.key, err, c.want)
		}
	}
}

// filled sets every field to something, so that none is left out on the way.
func filled(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(at.Add(time.Duration(*n)).UTC()))
			return
		}
		for _, field := range v.Fields() {
			filled(field, n)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf(*n), reflect.ValueOf(uint32(*n)))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			filled(v.Index(i), n)
		}
	case reflect.String:
		v.SetString(strings.Repeat("x", *n%9+1))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Uint32:
		v.SetUint(uint64(*n))
	default:
		panic(v.Kind())
	}
}

func full[T any]() T {
	var value T
	n := 0
	filled(reflect.ValueOf(&value).Elem(), &n)
	return value
}

// Results go over the bus and come back as they were, types included.
func TestResultsComeBack(t *testing.T) {
	container := map[string]any{}
	for name, kind := range datasource.ContainerKeys() {
		container[name] = map[string]any{"string": "s", "int": 1 << 60, "bool": true, "map[string]string": map[string]string{"a": "b"}}[kind]
		if container[name] == nil {
			t.Fatalf("%s is a %s, which is not tested", name, kind)
		}
	}
	for _, c := range []struct {
		id   string
		want map[string]any
	}{
		{"process_tree", map[string]any{ProcessInfo: full[datasource.TimeRelevant[datasource.ProcessInfo]]()}},
		{"process_tree", map[string]any{ThreadInfo: full[datasource.TimeRelevant[datasource.ThreadInfo]]()}},
		{"process_tree", map[string]any{ProcessLineage: full[datasource.ProcessLineage]()}},
		{"process_tree", map[string]any{ProcessInfo: datasource.TimeRelevant[datasource.ProcessInfo]{}}},
		{"containers", container},
		{"dns", map[string]any{IPAddresses: []string{"::1"}, DNSQueries: []string{}, DNSRoot: "a."}},
		{"dns", map[string]any{"later": json.Number("12345678901234567890"), "nothing": nil}},
	} {
		text, err := json.Marshal(c.want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeResult(c.id, text)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %s\nbecame %#v: %v", c.id, text, got, err)
		}
	}
	for _, text := range []string{`[]`, `{"process_info": 1}`, `{"process_lineage": {}}`} {
		if _, err := DecodeResult("process_tree", []byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func TestSchemas(t *testing.T) {
	for _, id := range ids() {
		var types map[string]string
		if err := json.Unmarshal([]byte(Schema(id)), &types); err != nil || len(types) == 0 || len(Keys(id)) == 0 {
			t.Errorf("%s: %s %v", id, Schema(id), err)
		}
	}
	if Schema("other") != "" || Keys("other") != nil {
		t.Error("something is said of a source that there is not")
	}
}

func FuzzDecodeResult(f *testing.F) {
	f.Add(0, []byte(`{"container_id": "a", "container_ctime": 5}`))
	f.Add(1, []byte(`{"process_info": {"timestamp": "2026-01-02T03:04:05Z", "info": {"pid": 1, "thread_ids": {"1": 2}}}}`))
	f.Add(2, []byte(`{"ip_addresses": ["::1"], "dns_root": "a"}`))
	f.Fuzz(func(t *testing.T, n int, text []byte) {
		id := ids()[uint(n)%3]
		got, err := DecodeResult(id, text)
		if err != nil {
			return
		}
		if _, err := json.Marshal(got); err != nil && !strings.Contains(err.Error(), "year outside") {
			t.Fatalf("%s became what cannot be told on: %v", text, err)
		}
	})
}
