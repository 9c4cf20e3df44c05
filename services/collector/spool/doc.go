// Package spool keeps entries on disk, first in, first out, bounded in bytes:
// what the collector cannot hand to the broker.
//
// The directory holds segments, files that are only appended to and removed
// whole, and the file "head", which says up to where they were read. A segment
// is a row of frames. All numbers are little endian:
//
//	 0  magic "WSP1"
//	 4  u32 length of the facts
//	 8  u32 length of the data, as stored
//	12  u64 how many events all frames before this one hold, ever
//	20  u64 how many events this one holds
//	28  u32 CRC-32C of the data, as stored
//	32  u32 CRC-32C of the 32 bytes before and of the facts
//	36  facts: little, readable even where the data is damaged
//	    data, compressed with S2
//
// The running count of events says exactly how many are missing where frames
// are damaged or gone. A frame that is not whole is skipped, never returned;
// a frame at a segment's end may be torn when the process or the machine died.
// After a start, new frames go to a new segment.
//
// What was appended survives the end of the process at once, and a power cut
// once Sync was called.
//
// The package must not know what entries mean, and logs nothing.
package spool
