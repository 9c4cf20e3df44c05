package source

import (
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// dns is there so that signatures which ask it load; this version observes no
// answers to queries, so it knows no name.
type dns struct{ described }

// ID names the source.
func (dns) ID() string { return datasource.DNS }

// Keys says that names and addresses are taken.
func (dns) Keys() []string { return []string{"string"} }

// Schema gives the keys of results.
func (dns) Schema() string {
	return schema(map[string]string{"ip_addresses": "[]string", "dns_queries": "[]string", "dns_root": "string"})
}

// Get finds nothing.
func (dns) Get(key any) (map[string]any, error) {
	if _, ok := key.(string); !ok {
		return nil, sdk.ErrKeyNotSupported
	}
	return nil, sdk.ErrDataNotFound
}
