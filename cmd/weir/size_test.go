package main

import "testing"

func TestByteSize(t *testing.T) {
	var s byteSize
	for text, want := range map[string]byteSize{"512MiB": 512 << 20, "4GiB": 4 << 30, "1000": 1000, "2 kB": 2000} {
		if err := s.Set(text); err != nil || s != want {
			t.Errorf("%s is %d, %v; want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "many", "-1", "16EiB"} {
		if err := s.Set(text); err == nil {
			t.Errorf("%q is accepted as %d", text, s)
		}
	}
	s = 4 << 30
	if s.String() != "4.0 GiB" {
		t.Errorf("shown as %s", s.String())
	}
}
