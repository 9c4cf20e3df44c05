package dnswire

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

var (
	errURI     = errors.New("a URI record of less than 4 bytes")
	errAddress = errors.New("an address of another length")
)

// body fills in what a record says besides its name.
// Addresses have one length only, which the library does not insist on.
func (r *reader) body(body dnsmessage.ResourceBody, length uint16, res *resource) error {
	switch b := body.(type) {
	case *dnsmessage.AResource:
		if length != 4 {
			return errAddress
		}
		res.IP = netip.AddrFrom4(b.A).String()
	case *dnsmessage.AAAAResource:
		if length != 16 {
			return errAddress
		}
		res.IP = netip.AddrFrom16(b.AAAA).String()
	case *dnsmessage.NSResource:
		res.NS = r.name(b.NS)
	case *dnsmessage.CNAMEResource:
		res.CNAME = r.name(b.CNAME)
	case *dnsmessage.PTRResource:
		res.PTR = r.name(b.PTR)
	case *dnsmessage.MXResource:
		res.MX = mx{b.Pref, r.name(b.MX)}
	case *dnsmessage.SRVResource:
		res.SRV = srv{b.Priority, b.Weight, b.Port, r.name(b.Target)}
	case *dnsmessage.SOAResource:
		res.SOA = soa{r.name(b.NS), r.name(b.MBox), b.Serial, b.Refresh, b.Retry, b.Expire, b.MinTTL}
	case *dnsmessage.TXTResource:
		res.TXTs, res.TXT = b.TXT, r.text(strings.Join(b.TXT, ""))
	case *dnsmessage.OPTResource:
		for _, o := range b.Options {
			res.OPT = append(res.OPT, option{optionName(o.Code), r.text(string(o.Data))})
		}
	case *dnsmessage.SVCBResource:
		res.SVCB = r.service(b)
	case *dnsmessage.HTTPSResource:
		res.SVCB = r.service(&b.SVCBResource)
	case *dnsmessage.UnknownResource:
		if b.Type == typeURI {
			return r.uri(b.Data, res)
		}
	}
	return nil
}

func (r *reader) uri(data []byte, res *resource) error {
	if len(data) < 4 {
		return errURI
	}
	res.URI = uri{binary.BigEndian.Uint16(data), binary.BigEndian.Uint16(data[2:]), r.text(string(data[4:]))}
	return nil
}

// service reads the parameters that say where a service is. Others, and those
// that are cut off, are left out.
func (r *reader) service(b *dnsmessage.SVCBResource) *svcb {
	s := &svcb{Priority: b.Priority, Target: r.name(b.Target), ALPN: []string{}, IPs: []string{}}
	for _, p := range b.Params {
		v := p.Value
		switch p.Key {
		case dnsmessage.SVCParamPort:
			if len(v) == 2 {
				s.Port = binary.BigEndian.Uint16(v)
			}
		case dnsmessage.SVCParamALPN:
			for len(v) > 0 && len(v) > int(v[0]) {
				s.ALPN = append(s.ALPN, r.text(string(v[1:1+v[0]])))
				v = v[1+v[0]:]
			}
		case dnsmessage.SVCParamIPv4Hint:
			s.IPs = hints(s.IPs, v, 4)
		case dnsmessage.SVCParamIPv6Hint:
			s.IPs = hints(s.IPs, v, 16)
		}
	}
	return s
}

func hints(list []string, v []byte, size int) []string {
	for ; len(v) >= size; v = v[size:] {
		if a, ok := netip.AddrFromSlice(v[:size]); ok {
			list = append(list, a.String())
		}
	}
	return list
}

// optionName returns what an option of EDNS is about, or its number.
func optionName(code uint16) string {
	switch code {
	case 3:
		return "NSID"
	case 8:
		return "EDNSClientSubnet"
	case 10:
		return "Cookie"
	case 11:
		return "TCPKeepAlive"
	case 12:
		return "Padding"
	case 15:
		return "EDE"
	default:
		return strconv.Itoa(int(code))
	}
}
