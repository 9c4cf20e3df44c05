package catalogue

import (
	"slices"
	"testing"
)

func TestShapes(t *testing.T) {
	shapes := Shapes()
	for _, name := range []string{"openat", "sched_process_exec", "security_file_open", "ptrace"} {
		if shape := shapes[name]; shape == nil || shape.Name != name || len(shape.Args) == 0 {
			t.Errorf("%s: %+v", name, shape)
		}
	}
	if names := Names(); len(names) != len(shapes) || !slices.IsSorted(names) {
		t.Errorf("names %q", names)
	}
}
