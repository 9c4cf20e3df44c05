package main

import (
	"encoding/json"
	"strings"
	"testing"
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
