package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

func printCases() []testCase {
	return []testCase{{
		name:   "nothing prints a secret",
		clause: "Neither the Flow nor a Handshake nor a Token shows a secret: by no verb of fmt, in no log, and not in JSON.",
		check: func(ctx context.Context, s *subject) error {
			a, err := s.approved(ctx)
			if err != nil {
				return err
			}
			tok, err := s.exchange(ctx, a)
			if err != nil {
				return err
			}
			ofHandshake, ofToken, ofFlow := s.secrets(), s.secrets(), s.secrets()
			ofHandshake.add("Handshake.Secret", a.hs.Secret.Reveal()) // the ID is no secret: it is in the URL
			ofToken.addToken(tok)
			ofFlow.addApproved(a)
			ofFlow.addToken(tok)
			return errors.Join(
				ofHandshake.notIn("the Handshake", printed(a.hs)+printed(&a.hs)),
				ofToken.notIn("the Token", printed(tok)+printed(&tok)),
				ofFlow.notIn("the Flow", printed(s.Flow)),
			)
		},
	}}
}

// printed is what v looks like wherever somebody prints it without thinking.
func printed(v any) string {
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&b, verb+"\n", v)
	}
	if data, err := json.Marshal(v); err != nil {
		fmt.Fprintln(&b, err)
	} else {
		b.Write(data)
	}
	slog.New(slog.NewTextHandler(&b, nil)).Info("", "value", v)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("", "value", v)
	return b.String()
}
