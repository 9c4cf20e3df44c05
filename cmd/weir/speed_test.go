package main

import "testing"

func TestSpeed(t *testing.T) {
	for text, want := range map[string]struct {
		speed speed
		shown string
	}{
		"original": {1, "original"}, "max": {0, "max"}, "1x": {1, "original"}, "10x": {10, "10x"}, "0.5x": {0.5, "0.5x"}, "2×": {2, "2x"},
	} {
		var s speed
		if err := s.Set(text); err != nil || s != want.speed || s.String() != want.shown {
			t.Errorf("%s: %v shown as %s, %v", text, float64(s), s.String(), err)
		}
	}
	for _, text := range []string{"", "fast", "10", "x", "0x", "-1x", "NaNx", "Infx", "1e99x"} {
		if err := new(speed).Set(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestEventSource(t *testing.T) {
	for text, ok := range map[string]bool{
		"kernel": true, "tracee:-": true, "tracee:/a:b": true, "tracee:": false, "": false, "replay:x": false,
	} {
		var s eventSource
		if err := s.Set(text); (err == nil) != ok || ok && s.String() != text {
			t.Errorf("%q: %v", text, err)
		}
	}
}
