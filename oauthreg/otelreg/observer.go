package otelreg

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/oauthreg/go/oauthreg"
)

// Config configures an [Observer]. The zero Config uses the global providers.
type Config struct {
	_ [0]func()

	// TracerProvider makes the spans; the global one if nil.
	TracerProvider trace.TracerProvider

	// MeterProvider keeps the histograms; the global one if nil.
	MeterProvider metric.MeterProvider
}

// Observer is an [oauthreg.Observer] that reports to OpenTelemetry. It is safe
// for concurrent use. Make one with [New]; the zero Observer is not usable.
type Observer struct {
	tracer       trace.Tracer
	steps, calls metric.Float64Histogram
}

var _ oauthreg.Observer = (*Observer)(nil)

const scope = "github.com/oauthreg/go/oauthreg/otelreg"

// buckets are those of http.client.request.duration in the semantic conventions.
var buckets = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

// New returns an Observer. An error is the MeterProvider's.
func New(cfg Config) (*Observer, error) {
	if cfg.TracerProvider == nil {
		cfg.TracerProvider = otel.GetTracerProvider()
	}
	if cfg.MeterProvider == nil {
		cfg.MeterProvider = otel.GetMeterProvider()
	}
	meter := cfg.MeterProvider.Meter(scope)
	steps, err := meter.Float64Histogram("oauthreg.step.duration", metric.WithUnit("s"),
		metric.WithDescription("How long the steps of registrations took."), metric.WithExplicitBucketBoundaries(buckets...))
	calls, err2 := meter.Float64Histogram("oauthreg.call.duration", metric.WithUnit("s"),
		metric.WithDescription("How long the calls of providers took."), metric.WithExplicitBucketBoundaries(buckets...))
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	return &Observer{tracer: cfg.TracerProvider.Tracer(scope), steps: steps, calls: calls}, nil
}

// Stepped implements [oauthreg.Observer].
func (o *Observer) Stepped(ctx context.Context, s oauthreg.Step) {
	attrs := []attribute.KeyValue{
		attribute.String("oauthreg.step", string(s.Name)),
		attribute.String("oauthreg.provider", s.Provider),
		attribute.String("oauthreg.outcome", string(s.Outcome)),
	}
	var failed oauthreg.Outcome
	switch s.Outcome {
	case oauthreg.RateLimited, oauthreg.Unavailable, oauthreg.Misconfigured, oauthreg.Internal:
		failed = s.Outcome
		attrs = append(attrs, attribute.String("error.type", string(failed)))
	}
	o.report(ctx, string(s.Name), trace.SpanKindInternal, s.Began, s.Duration, failed, attrs)
	o.steps.Record(ctx, s.Duration.Seconds(), metric.WithAttributes(attrs...))
}

// Called implements [oauthreg.Observer].
func (o *Observer) Called(ctx context.Context, c oauthreg.Call) {
	op := strings.ReplaceAll(string(c.Op), " ", "_")
	attrs := []attribute.KeyValue{
		attribute.String("oauthreg.op", op),
		attribute.String("oauthreg.provider", c.Provider),
	}
	if c.Err != nil {
		attrs = append(attrs, attribute.String("error.type", string(c.Outcome)))
	}
	if c.Status != 0 {
		attrs = append(attrs, attribute.Int("http.response.status_code", c.Status))
	}
	o.report(ctx, op, trace.SpanKindClient, c.Began, c.Duration, c.Outcome, attrs)
	o.calls.Record(ctx, c.Duration.Seconds(), metric.WithAttributes(attrs...))
}

// report makes a span of what is over.
func (o *Observer) report(ctx context.Context, name string, kind trace.SpanKind, began time.Time, took time.Duration, failed oauthreg.Outcome, attrs []attribute.KeyValue) {
	_, span := o.tracer.Start(ctx, "oauthreg "+name, trace.WithSpanKind(kind), trace.WithTimestamp(began), trace.WithAttributes(attrs...))
	if failed != "" {
		span.SetStatus(codes.Error, string(failed))
	}
	span.End(trace.WithTimestamp(began.Add(took)))
}
