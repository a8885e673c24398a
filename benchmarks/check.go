package benchmarks

import (
	"context"
	"fmt"
	"net/http"

	"github.com/dghubble/oauth1"

	"github.com/oauthreg/go/twitter/twittertest"
)

// Check takes two people through a subject, one of them twice, with the strict
// X, and says what went wrong. A subject that does not pass is not timed.
func Check(ctx context.Context, kind Kind) error {
	x, err := NewStrict(ctx)
	if err != nil {
		return err
	}
	defer x.Close()
	x.Enter()
	s, err := kind.New(&x.World)
	if err != nil {
		return err
	}
	browser := NewBrowser(ctx, s)
	for _, visit := range []struct {
		name  string
		who   uint64
		calls int
		count int
	}{
		{"a sign-up", 1, 3, 1},
		{"another sign-up", 2, 3, 2},
		{"a returning sign-in", 1, kind.Returning, 2},
	} {
		want := person(visit.who)
		x.Whose = want.ID
		before := x.Calls()
		if err := browser.Register(x.Approve); err != nil {
			return fmt.Errorf("%s: %s: %w", kind.Name, visit.name, err)
		}
		if calls := int(x.Calls() - before); calls != visit.calls {
			return fmt.Errorf("%s: %s: %d calls of X, not %d", kind.Name, visit.name, calls, visit.calls)
		}
		if err := checkKnown(ctx, x, s, want); err != nil {
			return fmt.Errorf("%s: %s: %w", kind.Name, visit.name, err)
		}
		if s.Count() != visit.count {
			return fmt.Errorf("%s: %s: %d users, not %d", kind.Name, visit.name, s.Count(), visit.count)
		}
	}
	return nil
}

// checkKnown compares what the app has saved with what X knows, and calls X
// with the token that was saved.
func checkKnown(ctx context.Context, x *Strict, s Subject, want Person) error {
	got, ok := s.Known(want.ID)
	if !ok {
		return fmt.Errorf("nobody is known by the ID %s", want.ID)
	}
	if got.ID != want.ID || got.Handle != want.Handle || got.Email != want.Email {
		return fmt.Errorf("saved %s, %s, %s; X says %s, %s, %s", got.ID, got.Handle, got.Email, want.ID, want.Handle, want.Email)
	}
	// The same data for each: what they asked for.
	asked := x.X.LastQuery(twittertest.VerifyCredentials)
	for name, value := range map[string]string{"include_email": "true", "include_entities": "false", "skip_status": "true"} {
		if asked.Get(name) != value {
			return fmt.Errorf("asked for the profile with %s=%q, not %q", name, asked.Get(name), value)
		}
	}
	config := &oauth1.Config{ConsumerKey: consumerKey, ConsumerSecret: consumerSecret}
	client := config.Client(context.WithValue(ctx, oauth1.HTTPClient, x.Client()), oauth1.NewToken(got.Token, got.TokenSecret))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, apiURL+profilePath+profileQuery, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the token that was saved is refused: %s", res.Header.Get("X-Twittertest-Reason"))
	}
	return nil
}
