package run

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// newRoot returns a command "thing" with a subcommand "work" that returns err.
func newRoot(err error) (*cobra.Command, *bytes.Buffer) {
	root := &cobra.Command{Use: "thing"}
	root.AddCommand(&cobra.Command{
		Use: "work", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return err },
	})
	group := &cobra.Command{Use: "group", Short: "Group others"}
	group.AddCommand(&cobra.Command{Use: "dance", RunE: func(*cobra.Command, []string) error { return err }})
	root.AddCommand(group)
	var out bytes.Buffer
	root.SetErr(&out)
	root.SetOut(&out)
	return root, &out
}

func TestMainExitCodes(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		err  error
		code int
		says string
	}{
		{"success", []string{"work"}, nil, ExitOK, ""},
		{"failure", []string{"work"}, errors.New("disk full"), ExitFailed, "thing: disk full\n"},
		{"own code", []string{"work"}, &ExitError{Code: 3, Err: errors.New("found")}, 3, "thing: found\n"},
		{"own code, silent", []string{"work"}, &ExitError{Code: 3}, 3, ""},
		{"unknown flag", []string{"work", "--fast"}, nil, ExitUsage, "unknown flag: --fast\nUsage: thing work [flags]\nSee 'thing work --help'"},
		{"unknown command", []string{"play"}, nil, ExitUsage, `unknown command "play"`},
		{"unknown command of a group", []string{"group", "sing"}, nil, ExitUsage, `unknown command "sing" for "thing group"`},
		{"misspelled command of a group", []string{"group", "danse"}, nil, ExitUsage, "did you mean dance?"},
		{"command of a group", []string{"group", "dance"}, nil, ExitOK, ""},
		{"group", []string{"group"}, nil, ExitOK, "Usage:\n  thing group\n  thing group [command]"},
		{"too many arguments", []string{"work", "hard"}, nil, ExitUsage, "See 'thing work --help'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, out := newRoot(c.err)
			root.SetArgs(c.args)
			if code := Main(t.Context(), root); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if got := out.String(); !strings.Contains(got, c.says) || (c.says == "" && got != "") {
				t.Errorf("says %q, want %q", got, c.says)
			}
		})
	}
}
