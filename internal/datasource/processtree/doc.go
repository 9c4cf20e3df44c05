// Package processtree keeps the processes of one node as its events tell them:
// who forked whom, what each executed and when it ended. It answers for the
// time of an event, not for the present, and gives the same answers whatever order the
// events came in.
//
// It must not read /proc or a clock, and must not keep strings of the events
// that it is given: they belong to whole messages. It is not safe for
// concurrent use; the lineages that it hands out are.
package processtree
