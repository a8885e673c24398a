package otelreg_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/oauthreg/otelreg"
)

// The zero Config reports to the global providers. Not parallel: they are the
// whole process's.
func TestGlobalProviders(t *testing.T) {
	d := &desk{spans: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader()}
	traces, meters := otel.GetTracerProvider(), otel.GetMeterProvider()
	t.Cleanup(func() {
		otel.SetTracerProvider(traces)
		otel.SetMeterProvider(meters)
	})
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(d.spans)))
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(d.reader)))
	o, err := otelreg.New(otelreg.Config{})
	require.NoError(t, err)
	o.Stepped(context.Background(), oauthreg.Step{Name: oauthreg.StepStart, Provider: "x", Began: began, Duration: time.Second})
	assert.Len(t, d.spans.Ended(), 1)
	assert.Len(t, d.histogram(t, "oauthreg.step.duration"), 1)
}

// noHistogram is a MeterProvider that refuses the histogram of that name.
type noHistogram struct {
	noop.MeterProvider
	name string
}

func (p noHistogram) Meter(string, ...metric.MeterOption) metric.Meter {
	return noHistogramMeter{name: p.name}
}

type noHistogramMeter struct {
	noop.Meter
	name string
}

var errNoHistogram = errors.New("no more histograms")

func (m noHistogramMeter) Float64Histogram(name string, _ ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	if name == m.name {
		return nil, errNoHistogram
	}
	return noop.Float64Histogram{}, nil
}

// What the MeterProvider refuses is an error of New, not a panic later.
func TestNewPassesTheMetersErrorOn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"oauthreg.step.duration", "oauthreg.call.duration"} {
		o, err := otelreg.New(otelreg.Config{MeterProvider: noHistogram{name: name}})
		require.ErrorIs(t, err, errNoHistogram, name)
		assert.Nil(t, o, name)
	}
}
