// Package notifier is the last stage: it turns each detection into a finding
// that the world can read, a CloudEvent on the subject of its severity and
// signature, and materialises the finding's trace once the broker has it.
//
// It must not decide what is found nor drop anything: a detection that cannot
// be read goes to the dead letters. It knows nothing of subscribers; package
// destination brings findings from the stream to people and machines, package
// cloudevent is their form, package trace their way in times, and package
// terminal what a person sees of them.
package notifier
