package trace

import (
	"testing"

	"github.com/weirsec/weir/schemas/finding"
)

func stamp(stage string, in, out int64) finding.Stamp {
	return finding.Stamp{Stage: stage, Instance: stage + "-0", In: in, Out: out}
}

func TestSteps(t *testing.T) {
	type row struct {
		label, parent string
		start, end    int64
	}
	const publish, enrich = "publish weir.raw.{node}", "process weir.raw.{partition}.{node}"
	tests := []struct {
		name    string
		time    int64
		made    int64
		stamps  []finding.Stamp
		want    []row
		skipped int
	}{
		{"no stamps", 100, 150, nil, []row{{"finding", "", 100, 150}}, 0},
		{
			"in order", 100, 0,
			[]finding.Stamp{stamp("collector", 110, 120), stamp("enricher", 130, 140)},
			[]row{
				{"finding", "", 100, 140},
				{"kernel", "finding", 100, 110},
				{"publish", "finding", 110, 120},
				{"enrich", publish, 130, 140},
			},
			0,
		},
		{
			"stamps in any order", 100, 0,
			[]finding.Stamp{stamp("enricher", 130, 140), stamp("collector", 110, 120)},
			[]row{
				{"finding", "", 100, 140},
				{"kernel", "finding", 100, 110},
				{"publish", "finding", 110, 120},
				{"enrich", publish, 130, 140},
			},
			0,
		},
		{
			"a stage is missing", 100, 0,
			[]finding.Stamp{stamp("enricher", 130, 140), stamp("notifier", 150, 160)},
			[]row{
				{"finding", "", 100, 160},
				{"enrich", "finding", 130, 140},
				{"notify", enrich, 150, 160},
			},
			0,
		},
		{
			"the batch was begun before the event", 100, 0,
			[]finding.Stamp{stamp("collector", 90, 120)},
			[]row{{"finding", "", 100, 120}, {"kernel", "finding", 100, 100}, {"publish", "finding", 100, 120}},
			0,
		},
		{
			"clocks differ", 100, 0,
			[]finding.Stamp{stamp("collector", 50, 60), stamp("enricher", 130, 125)},
			[]row{
				{"finding", "", 100, 130},
				{"kernel", "finding", 100, 100},
				{"publish", "finding", 100, 100},
				{"enrich", publish, 130, 130},
			},
			0,
		},
		{
			"half a stamp", 100, 0,
			[]finding.Stamp{stamp("enricher", 130, 0), stamp("notifier", 0, 160)},
			[]row{{"finding", "", 100, 160}, {"enrich", "finding", 130, 130}, {"notify", enrich, 160, 160}},
			0,
		},
		{
			"unusable stamps", 100, 0,
			[]finding.Stamp{stamp("enricher", 0, 0), stamp("mystery", 110, 120), stamp("notifier", 150, 160)},
			[]row{{"finding", "", 100, 160}, {"notify", "finding", 150, 160}},
			2,
		},
		{
			"no kernel time", 0, 0,
			[]finding.Stamp{stamp("collector", 110, 120)},
			[]row{{"finding", "", 110, 120}, {"publish", "finding", 110, 120}},
			0,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := finding.Detection{ID: "x", Time: tt.time, Made: tt.made, Stamps: tt.stamps}
			got, skipped := steps(&d)
			if skipped != tt.skipped {
				t.Errorf("skipped %d stamps, want %d", skipped, tt.skipped)
			}
			if len(got) != len(tt.want) {
				t.Fatalf("%d steps, want %d: %+v", len(got), len(tt.want), got)
			}
			for i, want := range tt.want {
				if have := (row{got[i].label, got[i].parent, got[i].start, got[i].end}); have != want {
					t.Errorf("step %d = %+v, want %+v", i, have, want)
				}
			}
		})
	}
}

// Where a time was moved, the stamp's own times stay readable.
func TestStepsKeepMovedTimes(t *testing.T) {
	for _, moved := range []bool{false, true} {
		d := finding.Detection{ID: "x", Time: 100, Stamps: []finding.Stamp{stamp("collector", 110, 120)}}
		if moved {
			d.Stamps[0].In = 90
		}
		planned, _ := steps(&d)
		kept := map[string]int64{}
		for _, a := range planned[2].attributes {
			if a.Key == "weir.stamp.in" || a.Key == "weir.stamp.out" {
				kept[string(a.Key)] = a.Value.AsInt64()
			}
		}
		switch {
		case !moved && len(kept) != 0:
			t.Errorf("attributes %v without need", kept)
		case moved && (kept["weir.stamp.in"] != 90 || kept["weir.stamp.out"] != 120):
			t.Errorf("kept %v, want 90 and 120", kept)
		}
	}
}
