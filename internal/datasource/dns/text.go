package dns

import (
	"net/netip"
	"strings"
)

// fold returns a name as it is compared: without case, which in DNS only ASCII
// has, and without the dot at its end.
func fold(name string) string {
	name = strings.TrimSuffix(name, ".")
	for i := range len(name) {
		if b := name[i]; 'A' <= b && b <= 'Z' {
			return lower(name)
		}
	}
	return name
}

func lower(name string) string {
	b := []byte(name)
	for i := range b {
		if 'A' <= b[i] && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// address returns an address as its item is called: the shortest form, that of
// IPv4 where IPv6 only wraps it, and without a zone. It is "" for what is none.
func address(text string) string {
	// Most are IPv4, which has one form only.
	if dotted(text) {
		return text
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	canonical := a.Unmap().WithZone("").String()
	if canonical == text {
		return text
	}
	return canonical
}

// dotted reports whether a text is an IPv4 address as netip writes it.
func dotted(text string) bool {
	parts, n, digits := 0, 0, 0
	for i := range len(text) {
		switch b := text[i]; {
		case '0' <= b && b <= '9':
			if n = n*10 + int(b-'0'); n > 255 || digits > 0 && n < 10 {
				return false
			}
			digits++
		case b == '.' && digits > 0:
			parts, n, digits = parts+1, 0, 0
		default:
			return false
		}
	}
	return parts == 3 && digits > 0
}

// reversed returns the address that a name of the reverse zones stands for, ""
// where it is no such name. The name must be folded.
func reversed(name string) string {
	if labels, ok := strings.CutSuffix(name, ".in-addr.arpa"); ok {
		parts := strings.Split(labels, ".")
		if len(parts) != 4 {
			return ""
		}
		text := parts[3] + "." + parts[2] + "." + parts[1] + "." + parts[0]
		if !dotted(text) {
			return ""
		}
		return text
	}
	nibbles, ok := strings.CutSuffix(name, ".ip6.arpa")
	if !ok || len(nibbles) != 63 {
		return ""
	}
	var bytes [16]byte
	for i := range 32 {
		digit := strings.IndexByte("0123456789abcdef", nibbles[2*i])
		if digit < 0 || i < 31 && nibbles[2*i+1] != '.' {
			return ""
		}
		bytes[15-i/2] |= byte(digit) << (4 * (i % 2))
	}
	return netip.AddrFrom16(bytes).Unmap().String()
}
