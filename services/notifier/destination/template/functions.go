package template

import (
	"fmt"
	"math"
	"strings"
	"text/template"

	sprig "github.com/go-task/slim-sprig/v3"
)

// maxList is how many elements a function may make.
const maxList = 100_000

// functions returns Sprig's functions but for those that look outside, and with
// bounds where one call could take all memory.
func functions() template.FuncMap {
	all := sprig.TxtFuncMap()
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(all, name)
	}
	all["repeat"] = repeat
	all["indent"] = indent
	all["nindent"] = func(n int, text string) (string, error) {
		out, err := indent(n, text)
		return "\n" + out, err
	}
	all["until"] = func(n int) ([]int, error) { return steps(0, n, 1) }
	all["untilStep"] = steps
	// Its work is a list of steps, too, written out.
	delete(all, "seq")
	return all
}

func repeat(n int, text string) (string, error) {
	if n < 0 || n > maxOutput/max(1, len(text)) {
		return "", fmt.Errorf("repeat %d times: too much", n)
	}
	return strings.Repeat(text, n), nil
}

// steps returns the numbers from start to before end.
func steps(start, end, step int) ([]int, error) {
	if step == 0 || start != end && (end > start) != (step > 0) {
		return nil, nil
	}
	// As whole numbers these may be too large for an int.
	n := math.Ceil((float64(end) - float64(start)) / float64(step))
	if n > maxList {
		return nil, fmt.Errorf("a list of %.0f numbers: too much", n)
	}
	var list []int
	for i := range int(n) {
		list = append(list, start+i*step)
	}
	return list, nil
}

// indent puts n spaces in front of each line.
func indent(n int, text string) (string, error) {
	lines := strings.Count(text, "\n") + 1
	if n < 0 || n > maxOutput/lines {
		return "", fmt.Errorf("indent %d lines by %d: too much", lines, n)
	}
	pad := strings.Repeat(" ", n)
	return pad + strings.ReplaceAll(text, "\n", "\n"+pad), nil
}
