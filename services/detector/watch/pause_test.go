package watch

import (
	"testing"
	"testing/synctest"
	"time"
)

// The end is put off by each extension, but not beyond the limit.
func TestPause(t *testing.T) {
	const quiet, most = 200 * time.Millisecond, 2 * time.Second
	tests := []struct {
		name  string
		every time.Duration
		times int
		want  time.Duration
	}{
		{"once", 0, 1, quiet},
		{"a few", 100 * time.Millisecond, 4, 500 * time.Millisecond},
		{"without an end", 150 * time.Millisecond, 100, most},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p pause
				if p.over() != nil {
					t.Error("a pause that has not begun ends")
				}
				began := time.Now()
				for range test.times {
					p.extend(time.Now(), quiet, most)
					select {
					case <-p.over():
						if took := time.Since(began); took != test.want {
							t.Errorf("it took %s, want %s", took, test.want)
						}
						return
					case <-time.After(test.every):
					}
				}
				<-p.over()
				if took := time.Since(began); took != test.want {
					t.Errorf("it took %s, want %s", took, test.want)
				}
			})
		})
	}
}
