package twitter

import (
	"errors"
	"strings"

	"github.com/oauthreg/go/provider"
)

// faults joins the faults of a Config with those that the flow below found in
// what was made of it. They are told by the names that the app wrote: page is
// the field that the page for people is from, the other URLs are made of
// BaseURL. What is wrong with such a field is told once.
func faults(own, below error, page string) error {
	all, seen := parts(own), map[string]bool{}
	for _, fault := range all {
		if c, ok := errors.AsType[*provider.ConfigError](fault); ok {
			seen[c.Field] = true
		}
	}
	for _, fault := range parts(below) {
		c, ok := errors.AsType[*provider.ConfigError](fault)
		if !ok {
			all = append(all, fault)
			continue
		}
		renamed := provider.ConfigError{Package: "twitter", Field: c.Field, Reason: c.Reason}
		if strings.HasSuffix(c.Field, "URL") {
			renamed.Field = "BaseURL"
			if c.Field == "Endpoint.AuthURL" || c.Field == "Endpoint.AuthorizeURL" {
				renamed.Field = page
			}
			if seen[renamed.Field] {
				continue
			}
			seen[renamed.Field] = true
		}
		all = append(all, &renamed)
	}
	return errors.Join(all...)
}

// parts are the errors that errors.Join joined.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
