package benchmarks_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/benchmarks"
)

func BenchmarkPart(b *testing.B) {
	for _, p := range benchmarks.Parts() {
		b.Run(p.Title+"/"+p.Name, func(b *testing.B) {
			run, err := p.New(b.Context())
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if err := run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
