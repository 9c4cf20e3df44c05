package source

import "time"

// How long answers are good for until the same is asked again.
const (
	keepAnswer = 10 * time.Second
	// keepPast is for answers about a time that the enricher has gone beyond.
	keepPast     = 10 * time.Minute
	keepNotFound = 5 * time.Second
	keepRefused  = time.Minute
	// keepUnavailable is where nobody could answer, or not yet for good.
	keepUnavailable = 2 * time.Second
)

// entryBytes is about what an entry takes without its texts.
const entryBytes = 320

// answer is what came of asking a question.
type answer struct {
	// text is the result as JSON, err why there is none.
	text []byte
	err  error
	// until is when it is too old, number its place among all answers.
	until  time.Time
	number uint64
}

// entry is what is known about one question.
type entry struct {
	// waiting is whether it is being asked.
	waiting           bool
	current, previous *answer
}

// take puts an answer in the place of the present one.
func (e *entry) take(a *answer) {
	e.waiting = false
	e.current, e.previous = a, e.current
}

// visible returns the latest answer that whoever has seen so many may know.
func (e *entry) visible(seen uint64) *answer {
	for _, a := range []*answer{e.current, e.previous} {
		if a != nil && a.number <= seen {
			return a
		}
	}
	return nil
}

// bytes is the size of its texts.
func (e *entry) bytes() (n int) {
	for _, a := range []*answer{e.current, e.previous} {
		if a != nil {
			n += len(a.text)
		}
	}
	return n
}
