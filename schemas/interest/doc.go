// Package interest is what detectors want of collectors: which events, and of
// some of them only a part. Detectors put it into the bucket weir_interest,
// collectors add it up and hand it to the kernel programs.
//
// Everything here may be read as less narrow than it is, never as narrower: a
// collector may send an event that nobody wants, and must not leave one out
// that somebody does. So what is too large, or not understood, is widened.
//
// In JSON it is an object; interest.schema.json has it in full:
//
//	{"events": [
//	  {"name": "ptrace"},
//	  {"name": "security_file_open", "scopes": [
//	    {"paths": ["/etc/shadow", "/etc/gshadow"]},
//	    {"origin": "container", "comms": ["nginx"], "uids": [33], "paths": ["/proc/"]}
//	  ]}
//	]}
//
// An event without scopes is wanted as it is, the name "*" means all events. A
// plain list of names, which detectors wrote before there were scopes, is read
// as well. Keys that a reader does not know can only narrow further, and are
// left out: whoever adds one keeps to that.
//
// The package imports only the standard library. It must not know signatures,
// or how the kernel is told.
package interest
