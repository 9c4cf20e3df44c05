package catalogue_test

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the generated files anew")

// The files that are made of the catalogue are what it makes now.
func TestGeneratedFiles(t *testing.T) {
	for name, made := range map[string]func(t *testing.T) []byte{
		"events.schema.json":   schemaDocument,
		"../../docs/events.md": eventsDocument,
	} {
		t.Run(name, func(t *testing.T) {
			want := made(t)
			if again := made(t); !bytes.Equal(want, again) {
				t.Fatal("it is another one each time")
			}
			if *update {
				if err := os.WriteFile(name, want, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what the catalogue makes: go generate ./schemas/catalogue", name)
			}
		})
	}
}
