package privilege

import "strings"

// Keep is a capability that stays when the others are given up.
type Keep struct {
	// Name is that of capabilities(7), Because why it stays: "to write to …".
	Name, Because string
}

// Dropped is what Drop did.
type Dropped struct {
	// Kept are the capabilities that the process still has.
	Kept []Keep
}

// String says it in one line.
func (d Dropped) String() string {
	if len(d.Kept) == 0 {
		return "all capabilities are given up"
	}
	var kept []string
	for _, k := range d.Kept {
		kept = append(kept, k.Name+" "+k.Because)
	}
	return "all capabilities are given up but " + strings.Join(kept, ", ")
}
