package load

import (
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/signatures/sdk"
)

// forgetful declares state that cannot be.
type forgetful struct{}

func (forgetful) Metadata() sdk.Metadata                       { return sdk.Metadata{ID: "forgetful", Version: "1"} }
func (forgetful) Selectors() []sdk.Selector                    { return nil }
func (forgetful) OnEvent(_ *sdk.Context, _ *event.Event) error { return nil }
func (forgetful) State() []sdk.StateSpec                       { return []sdk.StateSpec{{Name: "a"}} }

func TestRejections(t *testing.T) {
	set := engine.NewSet([]engine.Program{golang.New(forgetful{})}, engine.Limits{})
	problems := rejections(set)
	if len(problems) != 1 || problems[0].Severity != problem.Error {
		t.Fatalf("%+v", problems)
	}
	want := `go:github.com/weirsec/weir/services/detector/load.forgetful: forgetful: declared state: ` +
		`the TTL of the store "a" must be positive, not 0s`
	if got := problems[0].String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// sourceOf is a data source that is registered.
type sourceOf struct{ sdk.DataSource }

func (sourceOf) Namespace() string { return "mine" }
func (sourceOf) ID() string        { return "hosts" }
func (sourceOf) Keys() []string    { return []string{"string"} }
func (sourceOf) Schema() string    { return "{}" }

func TestSources(t *testing.T) {
	if _, _, err := Load(t.Context(), Request{Pack: "none", Sources: []sdk.DataSource{sourceOf{}}}); err != nil {
		t.Error(err)
	}
	_, _, err := Load(t.Context(), Request{Pack: "none", Sources: []sdk.DataSource{sourceOf{}, sourceOf{}}})
	if err == nil || !strings.HasPrefix(err.Error(), "data sources: data source mine/hosts is registered twice") {
		t.Errorf("got %v", err)
	}
}
