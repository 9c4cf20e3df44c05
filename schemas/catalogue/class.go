package catalogue

// Class decides which events go first when there is not room for all.
type Class uint8

// The classes, in the order in which they are kept.
const (
	// Critical events are never shed.
	Critical Class = iota + 1
	// High ones are rare and tell much.
	High
	// Normal ones are what most signatures look at.
	Normal
	// Low ones come in masses, each of little weight.
	Low
)

// String returns the class in lower case.
func (c Class) String() string {
	return [...]string{"", "critical", "high", "normal", "low"}[min(int(c), int(Low))]
}
