package cloudevent

import (
	"maps"
	"reflect"
	"testing"

	"github.com/weirsec/weir/schemas/finding"
)

func TestHeaders(t *testing.T) {
	d := sample(t)
	d.Node = "a\r\nX: y"
	got := Headers(&d, "publish")
	stages := got[headerStages]
	delete(got, headerStages)
	want := map[string]string{
		"Weir-Severity": "high", "Weir-Signature": "TRC-2", "Weir-Node": "a%0D%0AX:%20y",
		"traceparent": TraceParent(&d, "publish"),
	}
	if !maps.Equal(got, want) {
		t.Errorf("headers %v, want %v", got, want)
	}
	if back := Stamps(map[string]string{"weir-stages": stages}); !reflect.DeepEqual(back, d.Stamps) {
		t.Errorf("stamps %v, want %v", back, d.Stamps)
	}
}

func TestStampsOfOtherHeaders(t *testing.T) {
	tests := []struct {
		name   string
		header map[string]string
		want   []finding.Stamp
	}{
		{"none", nil, nil},
		{"others", map[string]string{"Weir-Node": "[]"}, nil},
		{"not JSON", map[string]string{headerStages: "collector"}, nil},
		{"another shape", map[string]string{headerStages: `{"stage":1}`}, nil},
		{"upper case", map[string]string{"WEIR-STAGES": `[{"stage":"x","in":1}]`}, []finding.Stamp{{Stage: "x", In: 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Stamps(tt.header); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	d := finding.Detection{ID: "x"}
	if _, ok := Headers(&d, "publish")[headerStages]; ok {
		t.Error("a detection without stamps has a header for them")
	}
}
