package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/valyala/fastjson"

	"github.com/pulsehouse/pulsehouse/pulse/gate"
)

func gatesCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "gates", Short: "Work with gates"}
	cmd.AddCommand(gatesEvalCommand())
	return cmd
}

// evalOptions are the flags of gates eval.
type evalOptions struct {
	specs, users string
	lists        []string
}

func gatesEvalCommand() *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "eval --specs DCS.json --users USERS.ndjson [--id-list NAME=FILE]",
		Short: "Evaluate a config spec file for users, one JSON line a user, without a server",
		Long: `Evaluates every gate, config, experiment and layer of a config spec file (v1 or v2, as SDKs download it) for each user of a file
with one JSON user object a line. Prints one line a user in the shape of /v1/initialize, names unhashed, segments and holdouts included.
"-" reads the users from standard input.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return evalUsers(o, cmd.InOrStdin(), cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.specs, "specs", "", "config spec file, v1 or v2")
	f.StringVar(&o.users, "users", "-", "file with one user object a line; - is standard input")
	f.StringArrayVar(&o.lists, "id-list", nil, "NAME=FILE: an ID list, as the file of +XXXXXXXX lines that SDKs download; may be repeated")
	return cmd
}

func evalUsers(o evalOptions, stdin io.Reader, stdout io.Writer) error {
	if o.specs == "" {
		return usageError{errors.New("--specs is needed: the file that SDKs download from /v1/download_config_specs")}
	}
	text, err := os.ReadFile(o.specs)
	if err != nil {
		return err
	}
	specs, err := gate.Parse(text)
	if err != nil {
		return fmt.Errorf("%s: %w", o.specs, err)
	}
	if specs.Empty() {
		return fmt.Errorf("%s has no gates, configs or layers: is it what SDKs download from /v1/download_config_specs?", o.specs)
	}
	for name, err := range specs.Broken {
		fmt.Fprintf(os.Stderr, "pulsehouse: %s: %s is left out: %v\n", o.specs, name, err)
	}
	lists, err := readLists(o.lists)
	if err != nil {
		return err
	}
	users := stdin
	if o.users != "-" {
		f, err := os.Open(o.users)
		if err != nil {
			return err
		}
		defer f.Close()
		users = f
	}
	return evalLines(specs, lists, users, stdout)
}

func readLists(flags []string) (gate.ListFiles, error) {
	lists := gate.ListFiles{}
	for _, flag := range flags {
		name, file, ok := strings.Cut(flag, "=")
		if !ok {
			return nil, usageError{fmt.Errorf("--id-list %q is not NAME=FILE", flag)}
		}
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		err = lists.Read(name, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return lists, nil
}

// evalLines answers each line with one.
func evalLines(specs *gate.Specs, lists gate.Lists, users io.Reader, stdout io.Writer) error {
	const longest = 1 << 20
	in, out := bufio.NewScanner(users), bufio.NewWriter(stdout)
	in.Buffer(nil, longest)
	answers := json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	for n := 1; in.Scan(); n++ {
		if len(strings.TrimSpace(in.Text())) == 0 {
			continue
		}
		v, err := fastjson.ParseBytes(in.Bytes())
		if err != nil {
			return fmt.Errorf("user in line %d: %w", n, err)
		}
		u, problems := gate.ParseUser(v)
		if len(problems) > 0 {
			return fmt.Errorf("user in line %d: %s", n, strings.Join(problems, "; "))
		}
		err = answers.Encode(specs.Initialize(u, gate.Options{Lists: lists}, gate.View{Hash: "none", All: true}))
		if err != nil {
			return err
		}
	}
	return errors.Join(in.Err(), out.Flush())
}
