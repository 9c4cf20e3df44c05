package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/weirsec/weir/services/collector/privilege"
)

// What the doctor says of plugins goes by how the program was built.
func TestDoctorOnPlugins(t *testing.T) {
	for plugins, want := range map[bool]string{
		true: "go plugins   loaded if built with go1.26.8\n", false: "go plugins   not in this build: make detector-plugin\n",
	} {
		d := diagnosis{Go: "go1.26.8", Plugins: plugins}
		var text, object strings.Builder
		if err := d.write(&text, outputHuman); err != nil || !strings.Contains(text.String(), want) {
			t.Errorf("%v: %v\n%s", plugins, err, text.String())
		}
		if err := d.write(&object, outputJSON); err != nil {
			t.Fatal(err)
		}
		var back struct {
			Plugins bool
			Go      string
		}
		if err := json.Unmarshal([]byte(object.String()), &back); err != nil || back.Plugins != plugins || back.Go != d.Go {
			t.Errorf("%v: %v %s", plugins, err, object.String())
		}
	}
}

// The doctor shows each capability and what is lost without it, also where the
// machine cannot be watched.
func TestDoctorOnCapabilities(t *testing.T) {
	var d diagnosis
	for _, c := range privilege.Table() {
		row := privilege.Row{Capability: c, State: privilege.Missing}
		d.rights, d.Capabilities = append(d.rights, row), append(d.Capabilities, newCapability(row))
	}
	var text, object strings.Builder
	if err := errors.Join(d.write(&text, outputHuman), d.write(&object, outputJSON)); err != nil {
		t.Fatal(err)
	}
	var back struct{ Capabilities []capability }
	if err := json.Unmarshal([]byte(object.String()), &back); err != nil || len(back.Capabilities) != len(privilege.Table()) {
		t.Fatalf("%v: %s", err, object.String())
	}
	for i, c := range privilege.Table() {
		if !strings.Contains(text.String(), "without "+c.Name+": "+c.Loss) {
			t.Errorf("does not say what is lost without %s:\n%s", c.Name, text.String())
		}
		want := capability{
			Name: c.Name, Required: c.Required, State: privilege.Missing, Use: c.Use, Loss: c.Loss, Needed: c.Until.String(),
		}
		if back.Capabilities[i] != want {
			t.Errorf("got %+v, want %+v", back.Capabilities[i], want)
		}
	}
}
