package main

import (
	"fmt"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/provider/oidcflow"
	"github.com/oauthreg/go/providers"
)

// choice is one provider that people may sign up with.
type choice struct {
	Name, Label string
	flow        provider.Flow
}

// otherProviders are GitHub and an OpenID Provider, each if its settings are
// there, whole.
func otherProviders(getenv func(string) string) (choices []choice, errs []error) {
	if set, err := allOrNone(getenv, "GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"); err != nil {
		errs = append(errs, err)
	} else if set {
		cfg := providers.GitHub()
		cfg.ClientID, cfg.ClientSecret = getenv("GITHUB_CLIENT_ID"), provider.NewSecret(getenv("GITHUB_CLIENT_SECRET"))
		flow, err := oauth2flow.New(cfg)
		if err != nil {
			errs = append(errs, fmt.Errorf("GITHUB_CLIENT_ID or GITHUB_CLIENT_SECRET cannot be used: %w", err))
		}
		choices = append(choices, choice{"github", "GitHub", flow})
	}
	if set, err := allOrNone(getenv, "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"); err != nil {
		errs = append(errs, err)
	} else if set {
		flow, err := oidcflow.New(oidcflow.Config{
			Issuer: getenv("OIDC_ISSUER"), ClientID: getenv("OIDC_CLIENT_ID"),
			ClientSecret: provider.NewSecret(getenv("OIDC_CLIENT_SECRET")),
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("OIDC_ISSUER, OIDC_CLIENT_ID or OIDC_CLIENT_SECRET cannot be used: %w", err))
		}
		choices = append(choices, choice{"oidc", "OpenID", flow})
	}
	return choices, errs
}

// allOrNone reports whether the variables are set; some without the others is
// an error that names them.
func allOrNone(getenv func(string) string, names ...string) (bool, error) {
	var set, unset []string
	for _, name := range names {
		if getenv(name) == "" {
			unset = append(unset, name)
		} else {
			set = append(set, name)
		}
	}
	if len(set) > 0 && len(unset) > 0 {
		return false, fmt.Errorf("%s is set, but %s is not; set all of them or none", set[0], unset[0])
	}
	return len(unset) == 0, nil
}
