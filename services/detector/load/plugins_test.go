package load

import (
	"testing"

	"github.com/spf13/pflag"

	"github.com/weirsec/weir/signatures/sdk"
)

// labels is a data source of the request's.
type labels struct{}

func (labels) Namespace() string               { return "mine" }
func (labels) ID() string                      { return "labels" }
func (labels) Version() uint                   { return 1 }
func (labels) Keys() []string                  { return []string{"string"} }
func (labels) Schema() string                  { return "{}" }
func (labels) Get(any) (map[string]any, error) { return nil, sdk.ErrDataNotFound }

// A bad plugin is a problem of its own, wherever it lies.
func TestBadPluginsHarmNobody(t *testing.T) {
	dir := write(t, map[string]string{"a.rego": signature("A-1", "a"), "deep/bad.so": "no library"})
	set, problems, err := Load(t.Context(), Request{Dirs: []string{dir}, Sources: []sdk.DataSource{labels{}}})
	if err != nil || len(set.Signatures()) != 1 {
		t.Fatal(err)
	}
	checkProblems(t, problems, dir+"/deep/bad.so: it is no Go plugin: ")
	alone := write(t, map[string]string{"bad.so": "no library"})
	_, problems, err = Load(t.Context(), Request{Dirs: []string{alone}})
	if err != nil {
		t.Fatal(err)
	}
	checkProblems(t, problems, alone+"/bad.so: it is no Go plugin: ", alone+": warning: no signature was loaded")
}

// Copies of a request that came from flags know the same plugins; a process
// cannot load one twice.
func TestRequestsShareTheirLoader(t *testing.T) {
	var request Request
	request.Register(pflag.NewFlagSet("weir", pflag.ContinueOnError))
	later := request
	if request.plugins == nil || newPlugins(request).loader != newPlugins(later).loader {
		t.Error("a copy of the request begins anew")
	}
	if newPlugins(Request{}).loader == nil {
		t.Error("a request without flags has no loader")
	}
}
