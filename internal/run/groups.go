package run

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// checkGroups has commands that only group others show their help where nothing
// is asked of them, and refuse what is none of theirs. Cobra answers both with
// the help and success, which hides a misspelled command from scripts.
func checkGroups(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		checkGroups(sub)
	}
	if !cmd.HasSubCommands() || cmd.Runnable() || !cmd.HasParent() {
		return
	}
	cmd.DisableFlagsInUseLine = true
	cmd.SuggestionsMinimumDistance = 2
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		err := fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			err = fmt.Errorf("%w: did you mean %s?", err, strings.Join(near, " or "))
		}
		return err
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}
