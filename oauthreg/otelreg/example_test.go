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
