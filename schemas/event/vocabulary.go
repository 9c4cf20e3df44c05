package event

// Vocabulary is the words that stand for the numbers of an argument.
type Vocabulary struct {
	// Words are the names, in the order of the kernel's headers.
	Words []string
	// Flags tells that several may be joined by "|".
	Flags bool
	// Spoken tells that the flat form has the words; else it has the number, and
	// only Event.Symbol knows the words.
	Spoken bool
	// Sometimes tells that it depends on another argument whether a number has a
	// word at all.
	Sometimes bool
}

// VocabularyOf returns the words of an argument of the event of that name, and
// whether there are any. Where the words depend on another argument, they are
// those of the most usual value of it.
func VocabularyOf(event, arg string) (Vocabulary, bool) {
	e := &Event{
		Shape:  &Shape{Name: event, Args: []ArgSpec{{Name: "domain"}, {Name: "level"}}},
		Values: []Value{String("AF_INET"), Int(solSocket)},
	}
	t := e.tableOf(arg)
	if t == nil {
		return Vocabulary{}, false
	}
	without := &Event{Shape: &Shape{Name: event}}
	v := Vocabulary{Flags: t.flags, Spoken: e.spokenTable(arg) != nil, Sometimes: without.tableOf(arg) == nil}
	for i := range t.list {
		v.Words = append(v.Words, t.list[i].name)
	}
	return v, true
}
