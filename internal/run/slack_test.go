package run

import (
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

func TestSlack(t *testing.T) {
	const size = 64 << 20
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	goal := func() uint64 {
		sample := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
		debug.FreeOSMemory() // a collection
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	for _, tt := range []struct {
		name string
		size int
		env  map[string]string
		more bool
	}{
		{"by default", size, nil, true},
		{"none wanted", 0, nil, false},
		{"another GOGC", size, map[string]string{"GOGC": "50"}, false},
		{"a limit", size, map[string]string{"GOMEMLIMIT": "100MiB"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := goal()
			kept, release := keepSlack(tt.size, func(name string) string { return tt.env[name] })
			with := goal()
			release()
			if want := map[bool]int{true: size}[tt.more]; kept != want {
				t.Errorf("%d bytes are kept, want %d", kept, want)
			}
			if more := with > before+size; more != tt.more {
				t.Errorf("collected at %d bytes, %d before: %t, want %t", with, before, more, tt.more)
			}
			if after := goal(); after > before+size/2 {
				t.Errorf("collected at %d bytes after, %d before", after, before)
			}
		})
	}
}
