package event

import "testing"

func TestVocabulary(t *testing.T) {
	for _, test := range []struct {
		event, arg, word         string
		flags, spoken, sometimes bool
	}{
		{"openat", "flags", "O_CREAT", true, true, false},
		{"ptrace", "request", "PTRACE_TRACEME", false, true, false},
		{"kill", "sig", "SIGKILL", false, false, false},
		{"mount", "mountflags", "MS_BIND", true, false, false},
		{"setsockopt", "optname", "SO_MARK", false, true, true},
		{"socket", "protocol", "IPPROTO_TCP", false, false, true},
	} {
		v, ok := VocabularyOf(test.event, test.arg)
		if !ok || v.Flags != test.flags || v.Spoken != test.spoken || v.Sometimes != test.sometimes {
			t.Errorf("%s %s: %+v, %v", test.event, test.arg, v, ok)
		}
		found := false
		for _, word := range v.Words {
			found = found || word == test.word
		}
		if !found {
			t.Errorf("%s %s: no %s in %q", test.event, test.arg, test.word, v.Words)
		}
	}
	for _, none := range [][2]string{{"openat", "dirfd"}, {"socket", "domains"}, {"", ""}} {
		if v, ok := VocabularyOf(none[0], none[1]); ok || v.Words != nil {
			t.Errorf("%v: %+v", none, v)
		}
	}
}
