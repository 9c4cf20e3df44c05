package trace

import (
	"encoding/json"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/weirsec/weir/schemas/finding"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sample returns the detection that the tests of all the notifier's packages
// share, with the stamps that the notifier itself adds.
func sample(t testing.TB) finding.Detection {
	t.Helper()
	text, err := os.ReadFile("../testdata/detection.json")
	if err != nil {
		t.Fatal(err)
	}
	var d finding.Detection
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	d.Stamps = append(
		d.Stamps,
		finding.Stamp{Stage: "notifier", Instance: "notifier-0", In: 1763640003118200300, Out: 1763640003118500300},
		finding.Stamp{Stage: StageBroker, Instance: "notifier-0", In: 1763640003118500300, Out: 1763640003122000300},
	)
	return d
}
