package integrity

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// module is one line of /proc/modules.
type module struct {
	name string
	// memory begins at the module's code. Since 6.4 it is as long as all of its
	// parts are, which need not lie behind one another.
	memory span
}

// readModules reads "name size references users state 0xaddress".
func readModules(from io.Reader) ([]module, error) {
	var list []module
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		m, err := parseModule(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(list)+1, err)
		}
		list = append(list, m)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", len(list)+1, err)
	}
	return list, nil
}

func parseModule(line string) (module, error) {
	fields := strings.Fields(line)
	if len(fields) < 6 {
		return module{}, fmt.Errorf("want six fields: %q", line)
	}
	size, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		return module{}, fmt.Errorf("size in %q: %w", line, err)
	}
	start, err := strconv.ParseUint(strings.TrimPrefix(fields[5], "0x"), 16, 64)
	if err != nil {
		return module{}, fmt.Errorf("address in %q: %w", line, err)
	}
	if start+size < start {
		return module{}, fmt.Errorf("a module beyond the end of memory: %q", line)
	}
	return module{name: fields[0], memory: span{start, start + size}}, nil
}
