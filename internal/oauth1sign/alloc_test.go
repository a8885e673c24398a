//go:build !race

package oauth1sign_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What a signature allocates is exact, so it can be held; the race detector
// allocates too. 15 of them are those of dghubble's HMAC; composing what is
// signed takes the rest.
func TestSignAllocates(t *testing.T) {
	assert.LessOrEqual(t, testing.AllocsPerRun(100, profileCall(t)), 20.0)
}
