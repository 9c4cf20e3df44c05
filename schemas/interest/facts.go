package interest

// Facts are what scopes are asked about: an event as the kernel knows it when
// it is about to write the record.
type Facts struct {
	// Event is the event's name.
	Event string
	// Comm is the name of the thread and UID its real user id, both as in the
	// record.
	Comm string
	UID  uint32
	// Origin is OriginHost or OriginContainer; "" where it is not known, or
	// where the enricher might come to another answer.
	Origin string
	// Path is the argument that PathArg names, byte for byte as in the record.
	// PathKnown is false where there is none, or it could not be read.
	Path      string
	PathKnown bool
}
