package query

import (
	"fmt"
	"reflect"
	"time"

	"github.com/weirsec/weir/schemas/lookup"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// Unsupported is the error for a key of a type that a source does not take; it
// wraps sdk.ErrKeyNotSupported and says what would be right.
func Unsupported(id string, key any) error {
	t := reflect.TypeOf(key)
	if t != nil && t.Kind() == reflect.Pointer && Check(id, reflect.Zero(t.Elem()).Interface()) == nil {
		return fmt.Errorf("%w: a %T is a pointer, %s takes keys by value", sdk.ErrKeyNotSupported, key, id)
	}
	return fmt.Errorf("%w: %s takes no %T, it takes %v", sdk.ErrKeyNotSupported, id, key, Keys(id))
}

// Keys are the types of keys that one of Weir's own sources takes, in words;
// nil for others.
func Keys(id string) []string {
	switch id {
	case datasource.Containers, datasource.DNS:
		return []string{"string"}
	case datasource.ProcessTree:
		return []string{"datasource.ProcKey", "datasource.ThreadKey", "datasource.LineageKey"}
	default:
		return nil
	}
}

// Check returns an error for a key that a source does not take, see Unsupported.
func Check(id string, key any) error {
	switch key.(type) {
	case string:
		if id == datasource.Containers || id == datasource.DNS {
			return nil
		}
	case datasource.ProcKey, datasource.ThreadKey, datasource.LineageKey:
		if id == datasource.ProcessTree {
			return nil
		}
	}
	return Unsupported(id, key)
}

// FromKey returns the key of a question, and the time that the key asks for, the
// zero time where it says none.
func FromKey(id string, key any) (lookup.Key, time.Time, error) {
	if err := Check(id, key); err != nil {
		return lookup.Key{}, time.Time{}, err
	}
	switch k := key.(type) {
	case datasource.ProcKey:
		return lookup.Key{Entity: k.EntityID, Kind: lookup.KindProcess}, k.Time, nil
	case datasource.ThreadKey:
		return lookup.Key{Entity: k.EntityID, Kind: lookup.KindThread}, k.Time, nil
	case datasource.LineageKey:
		return lookup.Key{Entity: k.EntityID, Kind: lookup.KindLineage, Depth: max(k.MaxDepth, 0)}, k.Time, nil
	default:
		text, _ := key.(string)
		return lookup.Key{Text: text}, time.Time{}, nil
	}
}

// ToKey returns the key of a question as the source takes it. Its errors are
// *lookup.Error. The entity of a process must be known by now.
func ToKey(id string, k lookup.Key, at time.Time) (any, error) {
	refuse := func(text string) (any, error) {
		return nil, lookup.Refuse(lookup.CodeBadRequest, "the key does not fit %s: %s", id, text)
	}
	process := k.Entity != 0 || k.PID != 0 || k.Kind != "" || k.Depth != 0
	scope := k.Container != "" || k.NetNS != 0
	switch id {
	case datasource.Containers:
		if process || scope || k.Text == "" {
			return refuse("it takes text only, the whole id of a container")
		}
		return k.Text, nil
	case datasource.DNS:
		if process || k.Text == "" {
			return refuse("it takes text, a name or an address, and container or net_ns")
		}
		return k.Text, nil
	case datasource.ProcessTree:
		if k.Text != "" || scope {
			return refuse("it takes entity or pid, kind and depth")
		}
		return processKey(k, at, refuse)
	default:
		return nil, lookup.Refuse(lookup.CodeNotFound, "there is no data source %s", id)
	}
}

func processKey(k lookup.Key, at time.Time, refuse func(string) (any, error)) (any, error) {
	switch {
	case k.Entity == 0:
		return refuse("an entity or a pid is needed")
	case k.Depth != 0 && k.Kind != lookup.KindLineage:
		return refuse("only a lineage has a depth")
	}
	switch k.Kind {
	case lookup.KindThread:
		return datasource.ThreadKey{EntityID: k.Entity, Time: at}, nil
	case lookup.KindLineage:
		return datasource.LineageKey{EntityID: k.Entity, Time: at, MaxDepth: k.Depth}, nil
	default:
		return datasource.ProcKey{EntityID: k.Entity, Time: at}, nil
	}
}
