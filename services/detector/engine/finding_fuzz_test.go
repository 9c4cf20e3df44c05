package engine

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

// Whatever document a signature returns, the event that is made of it is valid
// JSON with an argument for each entry, of the same value.
func FuzzFindingEvent(f *testing.F) {
	f.Add([]byte(`{"path":"/etc/passwd","n":1,"list":["a",1,null],"deep":{"x":{"y":[]}},"f":1.5,"big":18446744073709551616,"t":true}`))
	f.Add([]byte(`{"":"","triggeredBy":0,"a\u0000":"\ud800","z":1e400,"neg":-0}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var data map[string]any
		if err := decoder.Decode(&data); err != nil {
			return
		}
		about := newEvent("openat", "host")
		made := newFindingKind(&Signature{}, 0).event(&Match{Event: about, Data: data})
		flat := event.AppendJSON(nil, made)
		var read struct {
			EventName string
			Args      []struct {
				Name  string
				Value any
			}
		}
		decoder = json.NewDecoder(bytes.NewReader(flat))
		decoder.UseNumber()
		if err := decoder.Decode(&read); err != nil {
			t.Fatalf("%v in %s", err, flat)
		}
		if len(read.Args) != len(data) {
			t.Fatalf("%d arguments of %d entries", len(read.Args), len(data))
		}
		for _, a := range read.Args {
			if want := data[a.Name]; !reflect.DeepEqual(number(a.Value), number(want)) {
				t.Errorf("%q is %v, want %v", a.Name, a.Value, want)
			}
		}
		if _, err := event.ParseJSON(flat); err != nil {
			t.Errorf("the event cannot be read again: %v", err)
		}
	})
}

// number is a whole number as its value: "-0" is 0.
func number(value any) any {
	if n, ok := value.(json.Number); ok {
		if whole, err := n.Int64(); err == nil {
			return whole
		}
	}
	return value
}
