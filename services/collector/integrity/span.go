package integrity

// span is a part of the kernel's memory: from start to before end.
type span struct{ start, end uint64 }

func (s span) holds(address uint64) bool { return s.start <= address && address < s.end }

func (s span) size() uint64 { return s.end - s.start }

func (s span) known() bool { return s.end > s.start }
