package bus_test

import (
	"fmt"
	"strings"
	"sync"
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

// Of those who tell accounts at the same time, the one who knows most is heard.
func TestReportsAtTheSameTime(t *testing.T) {
	conn := bustest.Run(t)
	for partition := range 20 {
		var all sync.WaitGroup
		for n := range 8 {
			value := fmt.Sprint(n)
			all.Go(func() {
				err := conn.PutReport(t.Context(), "enricher", partition, []byte(value), func(old []byte) bool { return value > string(old) })
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	reports, err := conn.Reports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for partition := range 20 {
		if got := string(reports[fmt.Sprintf("enricher.p%03d", partition)]); got != "7" {
			t.Errorf("partition %d: %q is told, want 7", partition, got)
		}
	}
}
