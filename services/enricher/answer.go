package enricher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/weirsec/weir/internal/datasource/dns"
	"github.com/weirsec/weir/internal/datasource/query"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/lookup"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// Answer answers a lookup.Request that names its source with a lookup.Reply, from
// what is known of the node that it asks about. Its errors are *lookup.Error
// where they are refusals. It is called between two messages.
func (h *handler) Answer(_ context.Context, question []byte) ([]byte, error) {
	r, err := lookup.ParseRequest(question)
	if err != nil {
		return nil, err
	}
	if r.Namespace != datasource.Namespace || query.Keys(r.ID) == nil {
		return nil, lookup.Refuse(lookup.CodeNotFound, "there is no data source %s/%s here", r.Namespace, r.ID)
	}
	where, n := h.asked(r.Node, r.Boot)
	if n == nil {
		return nil, lookup.Refuse(lookup.CodeNotFound, "nothing has been heard of node %s%s here", r.Node, ofBoot(r.Boot))
	}
	at := n.watermark
	if !r.Time.IsZero() {
		at = r.Time.UnixNano()
	}
	result, status, err := n.look(r.ID, r.Key, at)
	if err != nil {
		return nil, refusal(err, status)
	}
	text, err := json.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("enricher: write the result: %w", err)
	}
	return lookup.Reply{
		Result: text, Status: status.String(), AsOf: time.Unix(0, n.watermark).UTC(), Boot: where.id,
	}.Encode()
}

func ofBoot(id string) string {
	if id == "" {
		return ""
	}
	return " with boot id " + id
}

// asked returns what is known of a boot of a node, of the one that was heard of
// last where none is named; nil where that is nothing.
func (h *handler) asked(name, id string) (where boot, n *node) {
	for key, known := range h.nodes {
		if key.node == name && (id == "" || key.id == id) && (n == nil || known.used > n.used) {
			where, n = key, known
		}
	}
	return where, n
}

// look looks a key up as of a time.
func (n *node) look(id string, k lookup.Key, at int64) (map[string]any, event.Status, error) {
	if id == datasource.ProcessTree && k.Entity == 0 && k.PID != 0 {
		var ok bool
		if k.Entity, ok = n.tree.ByID(k.PID, k.Kind == lookup.KindThread, at); !ok {
			return nil, event.StatusNotFound, sdk.ErrDataNotFound
		}
	}
	key, err := query.ToKey(id, k, time.Unix(0, at))
	if err != nil {
		return nil, event.StatusNone, err
	}
	switch id {
	case datasource.Containers:
		return n.containers.Get(key, at)
	case datasource.DNS:
		scope := dns.Scope{Container: k.Container}
		if scope.Container == "" {
			scope.NetNS = k.NetNS
		}
		return n.dns.Get(scope, key, at)
	default:
		return n.tree.Get(key, at)
	}
}

// refusal is what an error of a source means to the one who asked.
func refusal(err error, status event.Status) error {
	var refused *lookup.Error
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.Is(err, sdk.ErrKeyNotSupported):
		return lookup.Refuse(lookup.CodeBadRequest, "%v", err)
	case errors.Is(err, sdk.ErrDataNotFound) && status == event.StatusLost:
		return lookup.Refuse(lookup.CodeNotFound, "it was known, and had to be forgotten for want of memory")
	case errors.Is(err, sdk.ErrDataNotFound):
		return lookup.Refuse(lookup.CodeNotFound, "%v", err)
	default:
		return err
	}
}
