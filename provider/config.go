package provider

// ConfigError is one fault in a configuration. The constructors of this
// library check a configuration whole and return all faults at once, joined
// by [errors.Join]; errors.AsType finds the first, Unwrap() []error all.
type ConfigError struct {
	// Package is the package whose configuration it is, such as "twitter", with
	// the name of the provider behind it where an app may have several.
	Package string

	// Field is the field's name, such as "ConsumerKey".
	Field string

	// Reason says what is wrong and what to write instead. It never quotes a
	// secret.
	Reason string
}

// Error returns "package: Field: reason".
func (e *ConfigError) Error() string { return e.Package + ": " + e.Field + ": " + e.Reason }
