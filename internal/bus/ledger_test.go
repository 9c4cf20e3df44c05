package bus_test

import (
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/bus/bustest"
)

func TestReports(t *testing.T) {
	conn := bustest.Run(t)
	put := func(stage string, partition int, value string) {
		t.Helper()
		err := conn.PutReport(t.Context(), stage, partition, []byte(value), func(old []byte) bool { return value > string(old) })
		if err != nil {
			t.Fatal(err)
		}
	}
	put("enricher", 0, "2")
	put("enricher", 0, "1") // of an instance that was paused
	put("enricher", 1, "1")
	put("detector", 1, "1")
	put("detector", 1, "3")
	reports, err := conn.Reports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"enricher.p000": "2", "enricher.p001": "1", "detector.p001": "3"} {
		if string(reports[key]) != want {
			t.Errorf("%s is %q, want %q", key, reports[key], want)
		}
	}
	hourly := 0
	for key, value := range reports {
		if strings.HasPrefix(key, "enricher.p000.h") && string(value) == "2" {
			hourly++
		}
	}
	if hourly == 0 || len(reports) < 6 {
		t.Errorf("%d reports, %d of the first ones of the hour", len(reports), hourly)
	}
}
