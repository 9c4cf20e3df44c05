package load

import (
	"slices"
	"strings"
	"testing"
)

func TestTrees(t *testing.T) {
	dir := write(t, map[string]string{"a.rego": signature("A-1", "a")})
	cases := []struct {
		name    string
		request Request
		want    []string
		err     string
	}{
		{"the shipped ones where nobody chooses", Request{}, []string{"shipped"}, ""},
		{"a directory alone", Request{Dirs: []string{dir, dir + "/."}}, []string{dir}, ""},
		{"both", Request{Pack: "stable", Dirs: []string{dir}}, []string{"shipped", dir}, ""},
		{"nothing", Request{Pack: "none"}, nil, ""},
		{"unknown pack", Request{Pack: "x"}, nil, `no pack "x"`},
		{"missing directory", Request{Dirs: []string{dir + "/x"}}, nil, "no such file"},
		{"a file", Request{Dirs: []string{dir + "/a.rego"}}, nil, "is a file"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			trees, err := c.request.Trees()
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Fatal(err)
			}
			var got []string
			for _, tree := range trees {
				got = append(got, tree.Prefix)
				if tree.Shipped != (len(tree.IDs) > 0) {
					t.Errorf("%+v", tree)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
