package main

import (
	"testing"

	"github.com/weirsec/weir/internal/run"
)

func TestChoice(t *testing.T) {
	c := newChoice("human", "json", "sarif")
	if c.String() != "human" || c.Type() != "human|json|sarif" {
		t.Errorf("%s of %s", c, c.Type())
	}
	if err := c.Set("sarif"); err != nil || c.String() != "sarif" {
		t.Errorf("%s: %v", c, err)
	}
	if err := c.Set("SARIF"); err == nil || err.Error() != "want one of human, json, sarif" || c.String() != "sarif" {
		t.Errorf("%s: %v", c, err)
	}
}

func TestUsageIsItsOwnExitCode(t *testing.T) {
	_, messages, code := runTool(t, "", "signature", "bench", "--time", "-1s")
	if code != run.ExitUsage || messages == "" {
		t.Errorf("code %d: %s", code, messages)
	}
}
