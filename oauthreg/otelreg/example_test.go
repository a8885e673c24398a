package otelreg_test

import (
	"context"
	"fmt"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/oauthreg/otelreg"
)

// A Registrar makes the call at the end; here it is made by hand.
func Example() {
	spans := tracetest.NewSpanRecorder()
	observer, err := otelreg.New(otelreg.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg := oauthreg.Config{Observer: observer /* and all the rest */}

	cfg.Observer.Stepped(context.Background(), oauthreg.Step{
		Name: oauthreg.StepCallback, Provider: "twitter", Outcome: oauthreg.NewUser, Began: time.Now(), Duration: 80 * time.Millisecond,
	})
	for _, span := range spans.Ended() {
		fmt.Println(span.Name(), span.EndTime().Sub(span.StartTime()))
	}
	// Output: oauthreg callback 80ms
}

// The classic mistake is to mount the handlers without a middleware that starts
// a span for the request, such as otelhttp: what this package reports is then a
// trace of its own for every step, apart from the request it belongs to.
func ExampleNew_mistake() {
	spans := tracetest.NewSpanRecorder()
	tracing := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	observer, err := otelreg.New(otelreg.Config{TracerProvider: tracing})
	if err != nil {
		fmt.Println(err)
		return
	}
	step := oauthreg.Step{Name: oauthreg.StepStart, Provider: "twitter", Began: time.Now()}

	observer.Stepped(context.Background(), step) // a request that nothing has traced

	request, span := tracing.Tracer("otelhttp").Start(context.Background(), "POST /auth/twitter/start")
	observer.Stepped(request, step)
	span.End()

	for _, span := range spans.Ended()[:2] {
		fmt.Println(span.Name(), "has a parent:", span.Parent().IsValid())
	}
	// Output:
	// oauthreg start has a parent: false
	// oauthreg start has a parent: true
}
