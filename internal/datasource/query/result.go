package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// Result keys of the process tree and of dns.
const (
	ProcessInfo    = "process_info"
	ThreadInfo     = "thread_info"
	ProcessLineage = "process_lineage"
	IPAddresses    = "ip_addresses"
	DNSQueries     = "dns_queries"
	DNSRoot        = "dns_root"
)

// Schema gives the keys of the results of one of Weir's own sources, as a JSON
// object of names and types; "" for others.
func Schema(id string) string {
	var types map[string]string
	switch id {
	case datasource.Containers:
		types = datasource.ContainerKeys()
	case datasource.DNS:
		types = map[string]string{IPAddresses: "[]string", DNSQueries: "[]string", DNSRoot: "string"}
	case datasource.ProcessTree:
		types = map[string]string{
			ProcessInfo:    "datasource.TimeRelevant[datasource.ProcessInfo]",
			ThreadInfo:     "datasource.TimeRelevant[datasource.ThreadInfo]",
			ProcessLineage: "datasource.ProcessLineage",
		}
	default:
		return ""
	}
	// A map of texts has no error.
	text, _ := json.Marshal(types)
	return string(text)
}

// DecodeResult makes of an answer's JSON what the source's Get returns: values
// of the same types. Keys that are not known stay what JSON makes of them, with
// numbers as json.Number.
func DecodeResult(id string, text []byte) (map[string]any, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("result of %s: %w", id, err)
	}
	result := make(map[string]any, len(raw))
	for name, value := range raw {
		decoded, err := decode(id, name, value)
		if err != nil {
			return nil, fmt.Errorf("result of %s: %s: %w", id, name, err)
		}
		result[name] = decoded
	}
	return result, nil
}

// decode decodes one key of a result.
func decode(id, name string, text []byte) (any, error) {
	switch id + "." + name {
	case datasource.ProcessTree + "." + ProcessInfo:
		return as[datasource.TimeRelevant[datasource.ProcessInfo]](text)
	case datasource.ProcessTree + "." + ThreadInfo:
		return as[datasource.TimeRelevant[datasource.ThreadInfo]](text)
	case datasource.ProcessTree + "." + ProcessLineage:
		return as[datasource.ProcessLineage](text)
	case datasource.DNS + "." + IPAddresses, datasource.DNS + "." + DNSQueries:
		return as[[]string](text)
	case datasource.Containers + ".container_ctime":
		return as[int](text)
	case datasource.Containers + ".container_labels", datasource.Containers + ".k8s_pod_labels":
		return as[map[string]string](text)
	default:
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var value any
		if err := decoder.Decode(&value); err != nil && err != io.EOF {
			return nil, err
		}
		return value, nil
	}
}

func as[T any](text []byte) (any, error) {
	var value T
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	return value, nil
}
