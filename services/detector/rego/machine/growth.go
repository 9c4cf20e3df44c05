package machine

import (
	"strings"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// widest is the greatest width that a format can ask for.
const widest = 1_000_000

// growth tells how many bytes a call of one of OPA's functions may make, at the
// most.
type growth func(args []value.Value) int

// growthOf returns the growth of the functions whose result may be much larger
// than what they are given; nil for all others. These are asked before the call,
// because no budget ends it.
func growthOf(name string) growth {
	switch name {
	case "replace":
		return func(args []value.Value) int {
			text, old, _ := two(args)
			with, _ := args[2].Text()
			return strings.Count(text, old) * len(with)
		}
	case "regex.replace":
		return func(args []value.Value) int {
			// What is put in may hold all of the text again and again.
			text, _ := args[0].Text()
			with, _ := args[2].Text()
			return (len(text) + 1) * len(with)
		}
	case "strings.replace_n":
		return func(args []value.Value) int {
			text, _ := args[1].Text()
			return (len(text) + 1) * longest(args[0])
		}
	case "sprintf":
		return formatted
	default:
		return nil
	}
}

// longest is the length of the longest text in a collection.
func longest(v value.Value) int {
	found := 0
	for it := value.Iterate(v); ; {
		_, x, more := it.Next()
		if !more {
			return found
		}
		text, _ := x.Text()
		found = max(found, len(text))
	}
}

// formatted is for a format and its values: widths and precisions, those that
// values give, and texts that are named more than once.
func formatted(args []value.Value) int {
	format, _ := args[0].Text()
	total := strings.Count(format, "*") * widest
	if strings.Contains(format, "[") {
		total += strings.Count(format, "%") * longest(args[1])
	}
	number := 0
	for i := range len(format) {
		if format[i] < '0' || format[i] > '9' {
			total, number = total+number, 0
			continue
		}
		number = min(10*number+int(format[i]-'0'), widest)
	}
	return total + number
}
