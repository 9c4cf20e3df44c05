package schemas_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// document returns asyncapi.yaml as plain maps, lists and scalars.
func document(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func object(t *testing.T, doc map[string]any, path ...string) map[string]any {
	t.Helper()
	for _, key := range path {
		next, ok := doc[key].(map[string]any)
		if !ok {
			t.Fatalf("no object %s", key)
		}
		doc = next
	}
	return doc
}

func TestStructure(t *testing.T) {
	file, err := os.Open("testdata/asyncapi.minimal.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	schema, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("asyncapi", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("asyncapi")
	if err != nil {
		t.Fatal(err)
	}
	doc := document(t)
	if err := compiled.Validate(doc); err != nil {
		t.Error(err)
	}
	delete(object(t, doc, "channels", "findings", "x-jetstream"), "max_age")
	if compiled.Validate(doc) == nil {
		t.Error("the schema misses a stream without an age")
	}
}

// references calls found for every $ref and file name of the document.
func references(v any, found func(ref string)) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if text, ok := value.(string); ok && (key == "$ref" || strings.HasPrefix(text, "./")) {
				found(text)
				continue
			}
			references(value, found)
		}
	case []any:
		for _, value := range v {
			references(value, found)
		}
	}
}

func TestReferences(t *testing.T) {
	doc := document(t)
	count := 0
	references(doc, func(ref string) {
		count++
		path, inside := strings.CutPrefix(ref, "#/")
		if !inside {
			if _, err := os.Stat(filepath.FromSlash(ref)); err != nil {
				t.Errorf("%s: %v", ref, err)
			}
			return
		}
		at := any(doc)
		for key := range strings.SplitSeq(path, "/") {
			m, _ := at.(map[string]any)
			at = m[key]
		}
		if at == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	})
	if count < 30 {
		t.Errorf("only %d references were found", count)
	}
}

func TestAddresses(t *testing.T) {
	variable := regexp.MustCompile(`\{([a-z]+)\}`)
	doc := document(t)
	for name := range object(t, doc, "channels") {
		channel := object(t, doc, "channels", name)
		address, _ := channel["address"].(string)
		var want []string
		for _, m := range variable.FindAllStringSubmatch(address, -1) {
			want = append(want, m[1])
		}
		var has []string
		for parameter := range object(t, channel, "parameters") {
			has = append(has, parameter)
		}
		slices.Sort(want)
		slices.Sort(has)
		if !slices.Equal(want, has) {
			t.Errorf("%s: %s needs the parameters %v, has %v", name, address, want, has)
		}
		if channel["x-nats-service"] != nil {
			continue
		}
		// What is published must be what the stream listens to.
		subjects, _ := object(t, channel, "x-jetstream")["subjects"].([]any)
		example := variable.ReplaceAllString(address, "x")
		if !slices.ContainsFunc(subjects, func(s any) bool { return listens(s.(string), example) }) {
			t.Errorf("%s: no subject of %v takes %s", name, subjects, address)
		}
	}
}

func listens(filter, subject string) bool {
	want, has := strings.Split(filter, "."), strings.Split(subject, ".")
	for i, token := range want {
		switch {
		case token == ">":
			return len(has) > i
		case i >= len(has) || token != "*" && token != has[i]:
			return false
		}
	}
	return len(want) == len(has)
}

// The names are those of the code that makes the streams. It is read as text:
// a contract does not import what implements it.
func TestStreamsOfTheBus(t *testing.T) {
	path := filepath.Join("..", "internal", "bus", "names.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Skipf("no names to compare with: %v", err)
	}
	var streams, prefixes []string
	ast.Inspect(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		text, _ := strconv.Unquote(lit.Value)
		switch {
		case strings.HasPrefix(text, "WEIR_"):
			streams = append(streams, text)
		case strings.HasPrefix(text, "weir."):
			prefixes = append(prefixes, text)
		}
		return true
	})
	var documented, addresses []string
	doc := document(t)
	for name := range object(t, doc, "channels") {
		channel := object(t, doc, "channels", name)
		addresses = append(addresses, channel["address"].(string))
		if channel["x-nats-service"] != nil {
			// A service has no stream.
			continue
		}
		documented = append(documented, object(t, channel, "x-jetstream")["stream"].(string))
	}
	slices.Sort(streams)
	slices.Sort(documented)
	if !slices.Equal(streams, documented) {
		t.Errorf("streams %v, documented are %v", streams, documented)
	}
	for _, prefix := range prefixes {
		prefix, _, _ = strings.Cut(prefix, "*")
		prefix, _, _ = strings.Cut(prefix, ">")
		if !slices.ContainsFunc(addresses, func(a string) bool { return strings.HasPrefix(a, prefix) }) {
			t.Errorf("no channel has an address that begins with %s", prefix)
		}
	}
}
