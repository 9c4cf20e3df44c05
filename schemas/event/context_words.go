package event

import (
	"fmt"
	"strconv"
)

// The majors of devices that are terminals, of the kernel's devices.txt.
const (
	virtualMajor  = 4
	consoleMajor  = 5
	firstPTSMajor = 136
	lastPTSMajor  = 143
)

// HasCapability reports whether the thread has the capability of that name, as
// "CAP_SYS_ADMIN", in its effective set. It is false for an unknown name, and of
// events that do not tell the capabilities.
func (c *Context) HasCapability(name string) bool {
	bit, known := capabilityNames.word(name)
	return known && bit < 64 && c.Capabilities>>bit&1 != 0
}

// Terminal returns the controlling terminal as it is called below /dev: "pts/3",
// "tty1", "console". It is "" for none, and "major:minor" for other devices.
func (c *Context) Terminal() string {
	major := c.TTY >> 8 & 0xfff
	minor := c.TTY&0xff | c.TTY>>12&0xfff00
	switch {
	case c.TTY == 0:
		return ""
	case major >= firstPTSMajor && major <= lastPTSMajor:
		// Each of these majors has 256 of them; only the first is used today, with
		// minors as high as there are terminals.
		return "pts/" + strconv.Itoa(int(major-firstPTSMajor)*256+int(minor))
	case major == virtualMajor && minor < 64:
		return "tty" + strconv.Itoa(int(minor))
	case major == virtualMajor:
		return "ttyS" + strconv.Itoa(int(minor-64))
	case major == consoleMajor && minor == 1:
		return "console"
	default:
		return fmt.Sprintf("%d:%d", major, minor)
	}
}
