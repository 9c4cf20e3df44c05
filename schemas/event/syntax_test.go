package event

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSyntax(t *testing.T) {
	for _, text := range []string{
		"", " ", "{", "}", "[", "]", "[]", "[ ]", "{ }", "[1,]", "[,1]", "[1 2]", `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`,
		`{"a":1 , "b":[{}]}`, "0", "-0", "-", "01", "1.", ".5", "1.5", "1e", "1e+", "1e+5", "1E-05", "+1", "0x1", "1,", "1 1",
		"true", "tru", "truex", "nul", "null ", "False", `"`, `"a`, `"\`, `"\"`, `"\u12"`, `"\u12g4"`, `"\uABcd"`, `"\x"`,
		"\"\n\"", "\"\x7f\xff\"", "\"\x00\"", "\x00", "[\x00]", "\u00a0[]", "\f[]", "[]\v", "\"\\\x00\"",
		strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth),
		strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
	} {
		if err := checkSyntax([]byte(text)); (err == nil) != json.Valid([]byte(text)) {
			t.Errorf("%.40q: %v, encoding/json says %v", text, err, json.Valid([]byte(text)))
		}
	}
}

// What is JSON is decided by encoding/json.
func FuzzSyntax(f *testing.F) {
	f.Add([]byte(sampleParsed))
	f.Add([]byte(` {"a\u00e9":[1.5e-3,true,null,{}],"b":"\\"} `))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkSyntax(data); (err == nil) != json.Valid(data) {
			t.Fatalf("%q: %v, encoding/json says %v", data, err, json.Valid(data))
		}
	})
}
