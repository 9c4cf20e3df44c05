package rego

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// allowedBuiltins lists what signatures may call. It is a list of what is
// allowed, because a new OPA brings new functions. Left out on purpose: all
// that reaches the network, the clock, randomness or the process; bits.lsh,
// regex.globs_match and graph.reachable_paths, which no deadline can stop; and
// the addresses of networks, of which there may be any number. Ranges are made
// by machines, which count what they make.
const allowedBuiltins = `
abs all and any array.concat array.flatten array.reverse array.slice assign
base64.decode base64.encode base64.is_valid base64url.decode base64url.encode base64url.encode_no_pad
bits.and bits.negate bits.or bits.rsh bits.xor
cast_array cast_boolean cast_null cast_object cast_set cast_string ceil concat contains count
crypto.hmac.equal crypto.hmac.md5 crypto.hmac.sha1 crypto.hmac.sha256 crypto.hmac.sha512
crypto.md5 crypto.sha1 crypto.sha256 div endswith eq equal floor format_int glob.match glob.quote_meta
graph.reachable gt gte hex.decode hex.encode indexof indexof_n
internal.member_2 internal.member_3 internal.print internal.template_string internal.test_case intersection
is_array is_boolean is_null is_number is_object is_set is_string
json.filter json.is_valid json.marshal json.marshal_with_options json.patch json.remove json.unmarshal
lower lt lte max min minus mul neq
net.cidr_contains net.cidr_contains_matches net.cidr_intersects net.cidr_is_valid
net.cidr_merge net.cidr_overlap numbers.range
object.filter object.get object.keys object.remove object.subset object.union object.union_n
or plus print product re_match
regex.find_all_string_submatch_n regex.find_n regex.is_valid regex.match regex.replace
regex.split regex.template_match rego.metadata.chain rego.metadata.rule rem replace round
semver.compare semver.is_valid set_diff sort split sprintf startswith
strings.any_prefix_match strings.any_suffix_match strings.count strings.replace_n strings.reverse
strings.split_n substring sum
time.add_date time.clock time.date time.diff time.format time.parse_duration_ns time.parse_ns
time.parse_rfc3339_ns time.weekday
to_number trim trim_left trim_prefix trim_right trim_space trim_suffix type_name union
units.parse units.parse_bytes upper uri.is_valid uri.parse
urlquery.decode urlquery.decode_object urlquery.encode urlquery.encode_object uuid.parse walk
yaml.is_valid yaml.marshal yaml.unmarshal
`

// capabilities returns what signatures may use, and the names of OPA's
// functions that they may not.
func capabilities() (*ast.Capabilities, map[string]bool) {
	all := ast.CapabilitiesForThisVersion()
	allowed := strings.Fields(allowedBuiltins)
	refused := make(map[string]bool)
	all.Builtins = slices.DeleteFunc(slices.Clone(all.Builtins), func(b *ast.Builtin) bool {
		if slices.Contains(allowed, b.Name) {
			return false
		}
		refused[b.Name] = true
		return true
	})
	for _, f := range facts() {
		all.Builtins = append(all.Builtins, f.Decl)
	}
	// An empty list means no host, nil would mean any.
	all.AllowNet = []string{}
	return all, refused
}
