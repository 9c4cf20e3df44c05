package integrity

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// symbol is one line of /proc/kallsyms.
type symbol struct {
	address uint64
	name    string
	// module is whose it is; "" for the kernel itself.
	module string
}

// readSymbols calls each for every line: "ffffffff81000000 T _stext", and for
// those of modules "ffffffffc0000000 t name\t[module]".
func readSymbols(from io.Reader, each func(symbol)) error {
	lines := bufio.NewScanner(from)
	n := 0
	for lines.Scan() {
		n++
		s, err := parseSymbol(lines.Text())
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		each(s)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

func parseSymbol(line string) (symbol, error) {
	hex, rest, _ := strings.Cut(line, " ")
	_, name, typed := strings.Cut(rest, " ")
	address, err := strconv.ParseUint(hex, 16, 64)
	if err != nil || !typed || name == "" {
		return symbol{}, fmt.Errorf("want an address, a type and a name: %q", line)
	}
	name, module, tagged := strings.Cut(name, "\t")
	if tagged {
		module = strings.TrimSuffix(strings.TrimPrefix(module, "["), "]")
	}
	return symbol{address: address, name: name, module: module}, nil
}
