package template

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/template"

	"github.com/weirsec/weir/services/notifier/destination"
)

// Default is the name of the built-in template, the block that tracee-rules
// shows.
const Default = "default"

// maxOutput bounds what a template makes of one finding, in bytes.
const maxOutput = 4 << 20

// block is the built-in template.
const block = `
*** Detection ***
Time: {{ dateInZone "2006-01-02T15:04:05Z" (now) "UTC" }}
Signature ID: {{ .SigMetadata.ID }}
Signature: {{ .SigMetadata.Name }}
Data: {{ .Data }}
Command: {{ .Event.Payload.ProcessName }}
Hostname: {{ .Event.Payload.HostName }}
`

// Template renders findings. It is safe for concurrent use.
type Template struct{ parsed *template.Template }

// Load returns the built-in template for the name Default, and otherwise that of
// the file of that name. Errors name the file and the line.
func Load(name string) (*Template, error) {
	if name == Default {
		return Parse(Default, block)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	return Parse(filepath.Base(name), string(text))
}

// Parse returns the template of a text; errors call it by name.
func Parse(name, text string) (*Template, error) {
	// Without the option a misspelled key of the data would show "<no value>":
	// that is what templates of tracee-rules count on.
	parsed, err := template.New(name).Funcs(functions()).Parse(text)
	if err != nil {
		return nil, err
	}
	return &Template{parsed: parsed}, nil
}

// Render returns what the template makes of a finding. An error says at which
// place of the template it failed.
func (t *Template) Render(f destination.Finding) ([]byte, error) {
	data, err := newData(&f.Detection)
	if err != nil {
		return nil, err
	}
	var out bounded
	if err := t.parsed.Execute(&out, data); err != nil {
		return nil, err
	}
	return out.text, nil
}

// errTooLong ends a template that makes too much.
var errTooLong = errors.New("it makes more than 4 MiB of one finding")

// bounded keeps what is written, up to maxOutput.
type bounded struct{ text []byte }

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if len(b.text)+len(p) > maxOutput {
		return 0, errTooLong
	}
	b.text = append(b.text, p...)
	return len(p), nil
}
