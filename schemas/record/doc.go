// Package record is the layout of the collector's records: what WEIR_RAW
// carries. Version 1, little-endian, everything aligned to 8 bytes.
//
// A record is one event: a header of 160 bytes (Header), then arguments as TLVs
// until the record's length is used up. A TLV is
//
//	tag u8 | arg u8 | len u16 | aux u32 | payload of len bytes, padded to 8
//
// with arg the index of the argument in the event's shape:
//
//	tag  payload                        value
//	  1  len/8 numbers of 64 bits       a syscall's registers, arguments 0, 1, …
//	  2  bytes                          text, ends at the first NUL
//	  3  texts, each ended by a NUL     list; truncated where aux > len
//	  4  bytes                          struct sockaddr
//	  5  8 bytes                        unsigned number
//	  6  none, aux is the number        unsigned number
//	  7  none, aux is the number        signed number
//	  8  none, aux is 0 or 1            bool
//	  9  8 bytes                        start time: nanoseconds since boot
//	 10  bytes, aux is how many there   bytes
//	     were
//	 11  bytes                          path of the directory that the argument's
//	                                    text, which comes before, begins at
//	 12  texts, each ended by a NUL     map: key, value, …
//
// An argument without a TLV could not be read and is null. Unknown tags are
// skipped, so a new one does not need a new version; anything that moves does.
// hdr_words is the length of the header in words of 8 bytes: a later minor
// change may append fields, as one did from byte 160 on. Decoder accepts Version and the one before it (of
// which there is none yet), so that nodes and services upgrade in any order.
//
// Event times are Envelope.boot_time plus the kernel's nanoseconds since boot.
// Start times use boot_time cut down to 10 ms instead: then an entity id made
// from /proc, which counts in ticks of 10 ms, equals the one from the kernel.
//
// The package must not talk to the kernel, keep state over batches or know
// containers and process trees: services/collector and services/enricher do.
// It imports only the schemas and the protobuf runtime.
package record
