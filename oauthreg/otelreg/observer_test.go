package otelreg_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/oauthreg/otelreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// desk is where reports arrive.
type desk struct {
	spans  *tracetest.SpanRecorder
	tracer trace.Tracer
	reader *metric.ManualReader
	*otelreg.Observer
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{spans: tracetest.NewSpanRecorder(), reader: metric.NewManualReader()}
	traces := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(d.spans))
	d.tracer = traces.Tracer("test")
	var err error
	d.Observer, err = otelreg.New(otelreg.Config{
		TracerProvider: traces, MeterProvider: metric.NewMeterProvider(metric.WithReader(d.reader)),
	})
	require.NoError(t, err)
	return d
}

// histogram returns the points of the metric called name.
func (d *desk) histogram(t *testing.T, name string) []metricdata.HistogramDataPoint[float64] {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, d.reader.Collect(t.Context(), &all))
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == name {
				assert.Equal(t, "s", m.Unit)
				h, ok := m.Data.(metricdata.Histogram[float64])
				require.True(t, ok)
				return h.DataPoints
			}
		}
	}
	return nil
}

func attrs(list []attribute.KeyValue) map[string]string {
	m := map[string]string{}
	for _, kv := range list {
		m[string(kv.Key)] = kv.Value.String()
	}
	return m
}

var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestSpansAndHistograms(t *testing.T) {
	t.Parallel()
	failure := &provider.Error{Provider: "x", Op: provider.OpAccessToken, Kind: provider.ErrUnavailable, Status: 503, Reason: "in the provider's words"}
	for _, row := range []struct {
		name   string
		report func(o *otelreg.Observer)
		span   string
		kind   trace.SpanKind
		attrs  map[string]string
		code   codes.Code
		metric string
	}{
		{
			"a start", func(o *otelreg.Observer) {
				o.Stepped(context.Background(), oauthreg.Step{Name: oauthreg.StepStart, Provider: "x", Began: began, Duration: time.Second})
			},
			"oauthreg start", trace.SpanKindInternal,
			map[string]string{"oauthreg.step": "start", "oauthreg.provider": "x", "oauthreg.outcome": ""}, codes.Unset, "oauthreg.step.duration",
		},
		{
			"a person who declines", func(o *otelreg.Observer) {
				o.Stepped(context.Background(), oauthreg.Step{
					Name: oauthreg.StepCallback, Provider: "x", Outcome: oauthreg.Denied, Err: provider.ErrDenied, Began: began, Duration: time.Second,
				})
			},
			"oauthreg callback", trace.SpanKindInternal,
			map[string]string{"oauthreg.step": "callback", "oauthreg.provider": "x", "oauthreg.outcome": "denied"}, codes.Unset, "oauthreg.step.duration",
		},
		{
			"an outage", func(o *otelreg.Observer) {
				o.Stepped(context.Background(), oauthreg.Step{
					Name: oauthreg.StepCallback, Provider: "x", Outcome: oauthreg.Unavailable, Err: failure, Began: began, Duration: time.Second,
				})
			},
			"oauthreg callback", trace.SpanKindInternal,
			map[string]string{"oauthreg.step": "callback", "oauthreg.provider": "x", "oauthreg.outcome": "unavailable", "error.type": "unavailable"},
			codes.Error, "oauthreg.step.duration",
		},
		{
			"a call", func(o *otelreg.Observer) {
				o.Called(context.Background(), oauthreg.Call{Provider: "x", Op: provider.OpRequestToken, Began: began, Duration: time.Second})
			},
			"oauthreg request_token", trace.SpanKindClient,
			map[string]string{"oauthreg.op": "request_token", "oauthreg.provider": "x"}, codes.Unset, "oauthreg.call.duration",
		},
		{
			"a call that fails", func(o *otelreg.Observer) {
				o.Called(context.Background(), oauthreg.Call{
					Provider: "x", Op: provider.OpAccessToken, Outcome: oauthreg.Unavailable, Status: 503, Err: failure, Began: began, Duration: time.Second,
				})
			},
			"oauthreg access_token", trace.SpanKindClient,
			map[string]string{"oauthreg.op": "access_token", "oauthreg.provider": "x", "error.type": "unavailable", "http.response.status_code": "503"},
			codes.Error, "oauthreg.call.duration",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			row.report(d.Observer)
			spans := d.spans.Ended()
			require.Len(t, spans, 1)
			s := spans[0]
			assert.Equal(t, row.span, s.Name())
			assert.Equal(t, row.kind, s.SpanKind())
			assert.Equal(t, row.attrs, attrs(s.Attributes()))
			assert.Equal(t, row.code, s.Status().Code)
			assert.NotContains(t, s.Status().Description, "words")
			assert.Equal(t, began, s.StartTime())
			assert.Equal(t, began.Add(time.Second), s.EndTime())
			points := d.histogram(t, row.metric)
			require.Len(t, points, 1)
			assert.Equal(t, row.attrs, attrs(points[0].Attributes.ToSlice()))
			assert.InDelta(t, 1, points[0].Sum, 1e-9)
			assert.Equal(t, uint64(1), points[0].Count)
		})
	}
}

// Through a Registrar: the spans are children of the request's.
func TestThroughARegistrar(t *testing.T) {
	t.Parallel()
	x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{"https://app.example.com/auth/twitter/callback"}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = x.Close() })
	flow, err := twitter.New(twitter.Config{
		ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret), BaseURL: x.URL(),
	})
	require.NoError(t, err)
	sessions, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: "https://app.example.com"})
	require.NoError(t, err)
	d := newDesk(t)
	reg, err := oauthreg.New(oauthreg.Config{
		BaseURL: "https://app.example.com/auth", Flows: map[string]provider.Flow{"twitter": flow},
		Sessions: sessions, Accounts: tokenstore.NewMemory(), SignUpURL: "/signup", Observer: d.Observer,
		SignIn: func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil },
	})
	require.NoError(t, err)
	ctx, request := d.tracer.Start(t.Context(), "POST /auth/twitter/start")
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "https://app.example.com/auth/twitter/start", strings.NewReader(""))
	r.Header.Set("Origin", "https://app.example.com")
	w := httptest.NewRecorder()
	reg.Handler().ServeHTTP(w, r)
	request.End()
	require.Equal(t, http.StatusSeeOther, w.Code)
	var names []string
	for _, s := range d.spans.Ended() {
		names = append(names, s.Name())
		if s.Name() != "POST /auth/twitter/start" {
			assert.Equal(t, request.SpanContext().SpanID(), s.Parent().SpanID(), s.Name())
		}
	}
	assert.Equal(t, []string{"oauthreg request_token", "oauthreg start", "POST /auth/twitter/start"}, names)
}
