package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/suggest"
)

//go:embed templates/*.tmpl
var templates embed.FS

// The languages of signatures.
const (
	Rego = "rego"
	Go   = "go"
)

// DefaultEvent is what a new signature looks at where nobody says otherwise.
const DefaultEvent = "security_file_open"

// Request says what is to be written.
type Request struct {
	// Name is the signature's id, and its event name: words in lower case,
	// joined by underscores.
	Name string
	// Dir is the directory that gets a directory of that name.
	Dir string
	// Lang is Rego or Go.
	Lang string
	// Event is the name of the event to select; "" means DefaultEvent.
	Event string
}

// facts are what the templates say.
type facts struct {
	Name, Package, Title, When string
	Event                      string
	// Arg is the argument that the signature looks at, with its type; "" where
	// the event has none that is a text.
	Arg, Type string
}

// Write writes the files and returns their names. Nothing that is there is
// touched: it returns an error instead.
func (r Request) Write() ([]string, error) {
	files, err := r.files()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(r.Dir, r.Name)
	if _, err := os.Lstat(dir); err == nil {
		return nil, fmt.Errorf("%s is there already: choose another name, or another --dir", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the signature's directory: %w", err)
	}
	var written []string
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := create(path, f.text); err != nil {
			return written, err
		}
		written = append(written, path)
	}
	return written, nil
}

// create writes a file that is not there yet.
func create(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write the signature: %w", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// file is one file to be.
type file struct {
	name string
	text []byte
}

// files returns what is to be written.
func (r Request) files() ([]file, error) {
	f, err := r.facts()
	if err != nil {
		return nil, err
	}
	parsed, err := template.ParseFS(templates, "templates/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("read the templates: %w", err)
	}
	source := map[string]string{Rego: "signature.rego", Go: "signature.go"}[r.Lang]
	var files []file
	for _, name := range []string{source, "tests.yaml"} {
		var text bytes.Buffer
		if err := parsed.ExecuteTemplate(&text, name+".tmpl", f); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		files = append(files, file{name, text.Bytes()})
	}
	return files, nil
}

// Validate returns an error where no such signature can be written: a name that
// is none, an unknown language or event.
func (r Request) Validate() error {
	_, err := r.facts()
	return err
}

// facts checks what is asked for and works out the rest.
func (r Request) facts() (facts, error) {
	if r.Lang != Rego && r.Lang != Go {
		return facts{}, fmt.Errorf("no language %q: signatures are written in %s or %s", r.Lang, Rego, Go)
	}
	if !regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`).MatchString(r.Name) {
		return facts{}, fmt.Errorf("%q is no name for a signature: use lower-case words joined by underscores, like shadow_read", r.Name)
	}
	pkg := strings.ReplaceAll(r.Name, "_", "")
	if slices.Contains(reserved(), r.Name) || slices.Contains(reserved(), pkg) {
		return facts{}, fmt.Errorf("%q is a word of the language: choose a name of two words", r.Name)
	}
	name := r.Event
	if name == "" {
		name = DefaultEvent
	}
	shape := catalogue.Shapes()[name]
	if shape == nil {
		return facts{}, unknownEvent(name)
	}
	f := facts{Name: r.Name, Package: pkg, Title: title(r.Name), Event: name}
	f.Arg, f.Type = textArg(shape)
	f.When = fmt.Sprintf("a program below /tmp caused the event %s", name)
	if f.Arg != "" {
		f.When = fmt.Sprintf("the %s of the event %s lies below /tmp", f.Arg, name)
	}
	return f, nil
}

func unknownEvent(name string) error {
	names := catalogue.Names()
	if hint := suggest.Hint(names, name); hint != "" {
		return fmt.Errorf("no event %q%s", name, hint)
	}
	return fmt.Errorf("no event %q: there are %s", name, strings.Join(names, ", "))
}

// textArg returns the argument of an event that is a path or another text, and
// its type.
func textArg(shape *event.Shape) (name, typ string) {
	for _, arg := range shape.Args {
		if arg.Type == "const char*" && (name == "" || arg.Name == "pathname") {
			name, typ = arg.Name, arg.Type
		}
	}
	return name, typ
}

// title is a name as a heading.
func title(name string) string {
	text := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// reserved are words that cannot be the name of a package.
func reserved() []string {
	return strings.Fields(`as contains default else every false if import in not null package some true with
		break case chan const continue defer fallthrough for func go goto interface map range return select struct
		switch type var`)
}
