package sdk_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/weirsec/weir/signatures/sdk"
)

// versioned is a source of a version.
type versioned uint

func (versioned) Namespace() string               { return "mine" }
func (versioned) ID() string                      { return "list" }
func (v versioned) Version() uint                 { return uint(v) }
func (versioned) Keys() []string                  { return []string{"string"} }
func (versioned) Schema() string                  { return "{}" }
func (versioned) Get(any) (map[string]any, error) { return nil, sdk.ErrDataNotFound }
func (versioned) State(string) sdk.Store          { return nil }
func (v versioned) DataSource(namespace, id string) (sdk.DataSource, bool) {
	return v, namespace == "mine" && id == "list"
}

func TestRequireDataSource(t *testing.T) {
	for _, c := range []struct {
		name, id string
		version  versioned
		want     error
		text     string
	}{
		{"the same version", "list", 2, nil, ""},
		{"an older version", "list", 1, nil, ""},
		{"a newer version", "list", 3, sdk.ErrVersionNotSupported, "mine/list: version of the data source is not supported: it is 3, the newest known here is 2"},
		{"none", "other", 1, sdk.ErrNoDataSource, "mine/other: there is no such data source"},
	} {
		s, err := sdk.RequireDataSource(c.version, "mine", c.id, 2)
		if !errors.Is(err, c.want) || (err == nil) != (s != nil) || err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, %v", c.name, s, err)
		}
	}
}

// Who only knows that nothing was found understands the finer errors too.
func TestNotFoundErrors(t *testing.T) {
	for _, err := range []error{sdk.ErrDataPending, sdk.ErrDataLost} {
		if !errors.Is(err, sdk.ErrDataNotFound) || errors.Is(err, sdk.ErrKeyNotSupported) {
			t.Errorf("%v is not what it should be", err)
		}
	}
	if errors.Is(sdk.ErrDataPending, sdk.ErrDataLost) || errors.Is(sdk.ErrDataNotFound, sdk.ErrDataPending) {
		t.Error("they are not told apart")
	}
}
