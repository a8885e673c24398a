// Package otelreg reports what package oauthreg does to
// OpenTelemetry: a span for each step of a registration and each call of a
// provider, and how long they took. It is a module of its own, so that nobody
// else compiles OpenTelemetry.
//
//	observer, err := otelreg.New(otelreg.Config{}) // the global providers
//	reg, err := oauthreg.New(oauthreg.Config{Observer: observer, ...})
//
// # Which name for which need
//
//   - Set [Config].TracerProvider and [Config].MeterProvider to report to
//     those of the app; leave them nil for the global ones.
//   - Give the [Observer] to one Registrar, or to several: the attribute
//     oauthreg.provider keeps their providers apart, not the Registrars.
//   - For several observers, or for Prometheus without OpenTelemetry, write an
//     [oauthreg.Observer]: see below.
//
// # Spans
//
// "oauthreg STEP" (start, callback, complete, connect_pending, disconnect) is a
// child of the span in the request's context, such as the one of otelhttp.
// "oauthreg OP" (request_token, access_token, profile, refresh, revoke) is of
// kind client, and as long as the call of the Flow. A call that failed has the
// status Error, with the outcome's code for a description and never a provider's
// own words; so has a step that ended in rate_limited, unavailable,
// misconfigured or internal. What a person decides, or a stranger tries, is no
// error.
//
// # Metrics
//
// oauthreg.step.duration and oauthreg.call.duration are histograms in seconds,
// with the buckets that the semantic conventions give to HTTP durations.
//
// # Attributes
//
//	oauthreg.step, oauthreg.op   which it was
//	oauthreg.provider            the name in Config.Flows
//	oauthreg.outcome             the outcome of a step
//	error.type                   the outcome of an error; not there otherwise
//	http.response.status_code    of the answer that was a failure, if there was one
//
// All of them have few values, which an attacker cannot add to, and none names a
// person. error.type and http.response.status_code are those of the semantic
// conventions: https://opentelemetry.io/docs/specs/semconv/.
//
// # Prometheus
//
// For Prometheus, give Config a MeterProvider with the exporter
// go.opentelemetry.io/otel/exporters/prometheus, or write an
// [oauthreg.Observer] with two vectors of prometheus/client_golang:
//
//	func (o observer) Stepped(_ context.Context, s oauthreg.Step) {
//		o.steps.WithLabelValues(string(s.Name), s.Provider, string(s.Outcome)).Observe(s.Duration.Seconds())
//	}
//
//	func (o observer) Called(_ context.Context, c oauthreg.Call) {
//		o.calls.WithLabelValues(c.Provider, string(c.Op), string(c.Outcome)).Observe(c.Duration.Seconds())
//	}
//
// # Errors
//
// [New] returns what the MeterProvider says of the two histograms. From then
// on nothing is an error: what cannot be reported is for the SDK to tell, and
// no registration fails by it.
//
// # Security
//
// No attribute, description or name holds a secret, an address, a name or an
// ID of a person, or anything that a provider wrote: outcomes and steps are
// from closed sets, and providers are those of oauthreg.Config.Flows.
package otelreg
