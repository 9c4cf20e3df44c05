package run

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"
)

// ApplyFile sets flags from a YAML file: one key a flag, without the dashes
// in front. A flag given on the command line wins. Unknown keys, keys given
// twice and values that the flag refuses are errors that name the line.
func ApplyFile(flags *pflag.FlagSet, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	defer file.Close()
	return applyYAML(flags, file, path)
}

// applyYAML does ApplyFile's work on any text; name is what errors call it.
func applyYAML(flags *pflag.FlagSet, r io.Reader, name string) error {
	var doc yaml.Node
	if err := yaml.NewDecoder(r).Decode(&doc); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read configuration %s: %w", name, err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return nil
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return fmt.Errorf("%s:%d: want a mapping of settings, such as \"listen: 127.0.0.1:4222\"", name, root.Line)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if seen[key.Value] {
			return fmt.Errorf("%s:%d: %q is given twice", name, key.Line, key.Value)
		}
		seen[key.Value] = true
		if err := applySetting(flags, key.Value, value); err != nil {
			return fmt.Errorf("%s:%d: %w", name, key.Line, err)
		}
	}
	return nil
}

// applySetting sets one flag, unless the command line did.
func applySetting(flags *pflag.FlagSet, key string, value *yaml.Node) error {
	flag := flags.Lookup(key)
	if flag == nil || slices.Contains([]string{"config", "help"}, key) {
		return fmt.Errorf("unknown setting %q; known are %s", key, strings.Join(settings(flags), ", "))
	}
	given := flag.Changed
	texts, err := scalars(value)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		if given {
			return nil
		}
		if err := list.Replace(texts); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		flag.Changed = true
		return nil
	}
	if len(texts) != 1 || value.Kind == yaml.SequenceNode {
		return fmt.Errorf("%s: want one value, not a list", key)
	}
	if given {
		return nil
	}
	if err := flags.Set(key, texts[0]); err != nil {
		return err
	}
	return nil
}

// scalars returns the texts of a scalar or of a list of scalars.
func scalars(value *yaml.Node) ([]string, error) {
	switch value.Kind {
	case yaml.ScalarNode:
		return []string{value.Value}, nil
	case yaml.SequenceNode:
		texts := make([]string, 0, len(value.Content))
		for _, item := range value.Content {
			if item.Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("line %d: want a plain value", item.Line)
			}
			texts = append(texts, item.Value)
		}
		return texts, nil
	default:
		return nil, fmt.Errorf("line %d: want a value or a list of values", value.Line)
	}
}

// settings lists the flags that a file may set.
func settings(flags *pflag.FlagSet) []string {
	var names []string
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "config" && f.Name != "help" {
			names = append(names, f.Name)
		}
	})
	return names
}
