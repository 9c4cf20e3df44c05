package run

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestStopped(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	other := errors.New("disk full")
	cases := []struct {
		name string
		ctx  context.Context
		err  error
		want bool
	}{
		{"nothing", ended, nil, false},
		{"the end alone", ended, context.Canceled, false},
		{"the end, wrapped", ended, fmt.Errorf("start: %w", fmt.Errorf("watch: %w", context.Canceled)), false},
		{"the end, twice", ended, errors.Join(context.Canceled, fmt.Errorf("b: %w", context.Canceled)), false},
		{"another error", ended, other, true},
		{"another error with the end", ended, errors.Join(context.Canceled, other), true},
		{"both in one", ended, fmt.Errorf("%w: %w", other, context.Canceled), true},
		{"a deadline", ended, context.DeadlineExceeded, true},
		{"cancelled by somebody else", t.Context(), context.Canceled, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := Stopped(c.ctx, c.err)
			if (got != nil) != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
