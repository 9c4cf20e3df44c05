// Package analysis evaluates recorded events: the way of an event without a
// broker, on all processors, with the outcome in the order of the input.
//
// Pieces of the recording are decoded by workers, several at once. Where every
// signature looks at one event at a time, the workers evaluate too, each with an
// Evaluator of its own; otherwise one Evaluator sees all events in their order.
// Either way the outcome is the same, however many workers there are.
//
// It must not know formats (package recording does) or what becomes of a
// finding, and it holds no more of the input than its Config allows.
package analysis
