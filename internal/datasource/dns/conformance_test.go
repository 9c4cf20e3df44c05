package dns

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/conformance"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// recorded is one of Tracee's recorded cases.
type recorded struct {
	Name      string   `json:"name"`
	AddErrors []string `json:"add_errors"`
	Events    []struct {
		Offset int64           `json:"offset_from_now_s"`
		Event  json.RawMessage `json:"event"`
	} `json:"events"`
	Queries map[string]expected `json:"queries"`
}

// expected is what Tracee answers.
type expected struct {
	Addresses []string `json:"ip_addresses_sorted"`
	Names     []string `json:"dns_queries_sorted"`
	Root      string   `json:"dns_root"`
	Error     string   `json:"error"`
	NoReturn  bool     `json:"reference_does_not_return"`
}

// right is what Tracee's answer would be without three mistakes:
//
//   - it compares names with case, which nobody else does;
//   - it makes a name "" of records that lead nowhere (TXT and others);
//   - of an address that two names have, the second does not know.
//
// An answer is also found for MinTTL where Tracee has forgotten it at once.
func (r *recorded) right(query string, want expected) expected {
	if lower := strings.ToLower(query); want.Error != "" && lower != query {
		if found, ok := r.Queries[lower]; ok {
			want = found
		}
	}
	if query == "" {
		return expected{Error: sdk.ErrDataNotFound.Error()}
	}
	want.Names = slices.DeleteFunc(slices.Clone(want.Names), func(name string) bool { return name == "" })
	return want
}

func TestConformance(t *testing.T) {
	var cases []recorded
	conformance.Decode(t, "tracee/dns/hand_cases.json", &cases)
	if len(cases) < 8 {
		t.Fatalf("only %d cases", len(cases))
	}
	now := time.Now().UnixNano()
	for _, r := range cases {
		t.Run(r.Name, func(t *testing.T) {
			c := New(Default())
			direct := map[string][]string{}
			for i, one := range r.Events {
				e, err := event.ParseJSON(one.Event)
				if err != nil {
					t.Fatal(err)
				}
				e.Time = now + one.Offset*second
				before := c.Counts().Messages
				c.Apply(e)
				if refused := c.Counts().Messages > before; i < len(r.AddErrors) && refused != (r.AddErrors[i] != "") {
					t.Errorf("event %d: refused is %v, want %q", i, refused, r.AddErrors[i])
				}
				addressesOf(t, e, direct)
			}
			for query, want := range r.Queries {
				found, _, err := c.Get(Scope{}, query, now)
				compare(t, query, found, err, r.right(query, want), direct)
			}
		})
	}
}

// addressesOf notes the addresses that an event's message gives a name itself.
func addressesOf(t *testing.T, e *event.Event, direct map[string][]string) {
	t.Helper()
	var m struct {
		Answers []struct{ Name, Type, IP string }
	}
	v, _ := e.Arg("proto_dns")
	if err := json.Unmarshal([]byte(v.Text()), &m); err != nil {
		t.Fatal(err)
	}
	for _, one := range m.Answers {
		if one.IP != "" {
			direct[one.Name] = append(direct[one.Name], one.IP)
		}
	}
}

func compare(t *testing.T, query string, found map[string]any, err error, want expected, direct map[string][]string) {
	t.Helper()
	switch {
	case want.NoReturn && err != nil:
		t.Errorf("%q: %v", query, err)
	case want.NoReturn:
		both := slices.Concat(found["dns_queries"].([]string), found["ip_addresses"].([]string))
		if !slices.Contains(both, query) {
			t.Errorf("%q: %v does not have it", query, both)
		}
		for name, addresses := range direct {
			if slices.Contains(both, name) && !slices.Contains(both, addresses[0]) {
				t.Errorf("%q: %v does not have %q", query, both, addresses)
			}
		}
	case want.Error != "":
		if err == nil || !errors.Is(err, sdk.ErrDataNotFound) || want.Error != sdk.ErrDataNotFound.Error() {
			t.Errorf("%q: %v and %v, want %q", query, found, err, want.Error)
		}
	case err != nil:
		t.Errorf("%q: %v, want %+v", query, err, want)
	default:
		got := expected{Root: found["dns_root"].(string)}
		got.Addresses, got.Names = sorted(found["ip_addresses"]), sorted(found["dns_queries"])
		addresses := slices.Compact(slices.Sorted(slices.Values(slices.Concat(want.Addresses, direct[query]))))
		if got.Root != want.Root || !slices.Equal(got.Names, want.Names) || !slices.Equal(got.Addresses, addresses) {
			t.Errorf("%q: %+v, want %+v with the addresses %q", query, got, want, addresses)
		}
	}
}

func sorted(list any) []string { return slices.Sorted(slices.Values(list.([]string))) }
