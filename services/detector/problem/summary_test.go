package problem

import "testing"

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		bad, loaded int
		want        string
	}{
		{1, 1, "1 not loaded (see above), 1 signature loaded"},
		{3, 0, "3 not loaded (see above), 0 signatures loaded"},
		{2, 50, "2 not loaded (see above), 50 signatures loaded"},
	} {
		if got := Summary(c.bad, c.loaded); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
