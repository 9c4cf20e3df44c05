package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/services/detector/scaffold"
)

// newSignatureNew returns "weir signature new".
func newSignatureNew() *cobra.Command {
	var r scaffold.Request
	lang := newChoice(scaffold.Rego, scaffold.Go)
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Write the first files of a signature, with tests that pass",
		Long: `Write DIR/NAME with a signature that works and its tests.yaml. The name becomes
the id, so choose one that can stay. Nothing that is there is written over.`,
		Example: `  weir signature new cron_changed
  weir signature new cron_changed --dir ./my-signatures --event security_file_open
  weir signature new cron_changed --lang go`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Name, r.Lang = args[0], lang.value
			if err := r.Validate(); err != nil {
				return usage(err)
			}
			files, err := r.Write()
			if err != nil {
				return err
			}
			for _, file := range files {
				fmt.Fprintln(cmd.OutOrStdout(), file)
			}
			fmt.Fprint(cmd.ErrOrStderr(), nextSteps(r))
			return nil
		},
	}
	cmd.Flags().StringVar(&r.Dir, "dir", ".", "directory that gets a directory of that name")
	cmd.Flags().Var(lang, "lang", "language of the signature")
	cmd.Flags().StringVar(&r.Event, "event", scaffold.DefaultEvent, "event that the signature looks at")
	return cmd
}

// nextSteps says what to do with a new signature.
func nextSteps(r scaffold.Request) string {
	dir := filepath.Join(r.Dir, r.Name)
	if r.Lang == scaffold.Go {
		return `
Next: change it, list it in signatures/go.go with a pack that has it, build, and

  weir signature test --signature ` + r.Name + `
`
	}
	return `
Next: change it, and

  weir signature test ` + dir + `
  weir signature lint ` + dir + `
  sudo weir run --signatures ` + dir + `
`
}
