package dnswire

// message is a DNS message in the shape of Tracee's trace.ProtoDNS.
type message struct {
	ID           uint16     `json:"ID"`
	QR           uint8      `json:"QR"`
	OpCode       string     `json:"opCode"`
	AA           uint8      `json:"AA"`
	TC           uint8      `json:"TC"`
	RD           uint8      `json:"RD"`
	RA           uint8      `json:"RA"`
	Z            uint8      `json:"Z"`
	ResponseCode string     `json:"responseCode"`
	QDCount      uint16     `json:"QDCount"`
	ANCount      uint16     `json:"ANCount"`
	NSCount      uint16     `json:"NSCount"`
	ARCount      uint16     `json:"ARCount"`
	Questions    []question `json:"questions"`
	Answers      []resource `json:"answers"`
	Authorities  []resource `json:"authorities"`
	Additionals  []resource `json:"additionals"`
}

type question struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Class string `json:"class"`
}

type resource struct {
	Name  string   `json:"name"`
	Type  string   `json:"type"`
	Class string   `json:"class"`
	TTL   uint32   `json:"TTL"`
	IP    string   `json:"IP"`
	NS    string   `json:"NS"`
	CNAME string   `json:"CNAME"`
	PTR   string   `json:"PTR"`
	TXTs  []string `json:"TXTs"`
	SOA   soa      `json:"SOA"`
	SRV   srv      `json:"SRV"`
	MX    mx       `json:"MX"`
	OPT   []option `json:"OPT"`
	URI   uri      `json:"URI"`
	TXT   string   `json:"TXT"`
	// SVCB is Weir's own: records of type HTTPS and SVCB, which Tracee does not
	// read.
	SVCB *svcb `json:"SVCB,omitempty"`
}

type soa struct {
	MName   string `json:"MName"`
	RName   string `json:"RName"`
	Serial  uint32 `json:"serial"`
	Refresh uint32 `json:"refresh"`
	Retry   uint32 `json:"retry"`
	Expire  uint32 `json:"expire"`
	Minimum uint32 `json:"minimum"`
}

type srv struct {
	Priority uint16 `json:"priority"`
	Weight   uint16 `json:"weight"`
	Port     uint16 `json:"port"`
	Name     string `json:"name"`
}

type mx struct {
	Preference uint16 `json:"preference"`
	Name       string `json:"name"`
}

type option struct {
	Code string `json:"code"`
	Data string `json:"data"`
}

type uri struct {
	Priority uint16 `json:"priority"`
	Weight   uint16 `json:"weight"`
	Target   string `json:"target"`
}

type svcb struct {
	Priority uint16 `json:"priority"`
	Target   string `json:"target"`
	// Port is 0 where the record names none.
	Port uint16   `json:"port"`
	ALPN []string `json:"alpn"`
	IPs  []string `json:"IPs"`
}

// queryData is Tracee's trace.DnsQueryData.
type queryData struct {
	Query string `json:"query"`
	Type  string `json:"query_type"`
	Class string `json:"query_class"`
}

// answerData is Tracee's trace.DnsAnswer, and two members of Weir's own.
type answerData struct {
	Type   string `json:"answer_type"`
	TTL    uint32 `json:"ttl"`
	Answer string `json:"answer"`
	// Name is the name that it answers, where that is not the one in question.
	Name string `json:"name,omitempty"`
	// IPs are the addresses in a record of type HTTPS or SVCB.
	IPs []string `json:"IPs,omitempty"`
}

// responseData is Tracee's trace.DnsResponseData, and two members of Weir's own.
type responseData struct {
	Query   queryData    `json:"query_data"`
	Answers []answerData `json:"dns_answer"`
	// ResponseCode is left out where there is no error, Questions where there is
	// one.
	ResponseCode string `json:"response_code,omitempty"`
	Questions    *int   `json:"questions,omitempty"`
}
