package twitter_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// headerAt makes a header that depends on the time of day.
type headerAt func(now time.Time) map[string]string

func fixed(pairs ...string) headerAt {
	return func(time.Time) map[string]string {
		h := make(map[string]string)
		for i := 0; i < len(pairs); i += 2 {
			h[pairs[i]] = pairs[i+1]
		}
		return h
	}
}

func date(d time.Duration) headerAt {
	return func(now time.Time) map[string]string {
		return map[string]string{"Date": now.Add(d).UTC().Format(http.TimeFormat)}
	}
}

func reset(d time.Duration) headerAt {
	return func(now time.Time) map[string]string {
		return map[string]string{
			"x-rate-limit-reset": strconv.FormatInt(now.Add(d).Unix(), 10),
			"x-rate-limit-limit": "75", "x-rate-limit-remaining": "0",
		}
	}
}

// The answer's Date tells how far off this machine's clock is.
func TestClockHint(t *testing.T) {
	t.Parallel()
	const (
		code135 = `{"errors":[{"code":135,"message":"Timestamp out of bounds."}]}`
		code32  = `{"errors":[{"code":32,"message":"Could not authenticate you."}]}`
		code89  = `{"errors":[{"code":89,"message":"Invalid or expired token."}]}`
	)
	for _, row := range []struct {
		name, body string
		header     headerAt
		want       string // of the hint; "API Key" where the clock is not the cause
	}{
		{"behind", code135, date(10 * time.Minute), "600 s behind X"},
		{"ahead", code135, date(-10 * time.Minute), "600 s ahead of X"},
		{"a second", code135, date(time.Second), "1 s behind X"},
		{"not at all", code135, date(0), "clock seems wrong"},
		{"no Date", code135, fixed(), "clock seems wrong"},
		{"a Date that is none", code135, fixed("Date", "yesterday"), "clock seems wrong"},
		{"code 32 and behind", code32, date(time.Hour), "3600 s behind X"},
		{"code 32 and ahead", code32, date(-time.Hour), "3600 s ahead of X"},
		{"code 32 and just behind", code32, date(2 * time.Minute), "API Key"},
		{"code 32 and just ahead", code32, date(-2 * time.Minute), "API Key"},
		{"code 32 on time", code32, date(0), "API Key"},
		{"code 32, no Date", code32, fixed(), "API Key"},
		{"code 32, a Date that is none", code32, fixed("Date", "2000-01-01"), "API Key"},
		{"another code", code89, date(time.Hour), "API Key"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := answered(t, reply{Status: http.StatusUnauthorized, Body: row.body, Header: row.header(time.Now())})
				e := requireError(t, run(t, f, provider.OpRequestToken), provider.ErrRefused, provider.OpRequestToken)
				assert.Contains(t, e.Hint, row.want)
				if strings.Contains(row.want, " s ") {
					assert.Contains(t, e.Hint, "NTP")
					assert.NotContains(t, e.Hint, "is -", "ahead and behind say which way")
				}
			})
		})
	}
}

// The end of a limit is told only if it is one to wait for.
func TestRateLimitReset(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		header headerAt
		status int
		want   time.Duration // from now; 0 for none
	}{
		{"in 15 minutes", reset(15 * time.Minute), 429, 15 * time.Minute},
		{"in a day", reset(24 * time.Hour), 429, 24 * time.Hour},
		{"in three seconds", reset(3 * time.Second), 429, 3 * time.Second},
		{"as late as can be", reset(25 * time.Hour), 429, 25 * time.Hour},
		{"later", reset(25*time.Hour + time.Second), 429, 0},
		{"now", reset(0), 429, 0},
		{"in the past", reset(-time.Hour), 429, 0},
		{"in 1970", fixed("x-rate-limit-reset", "0"), 429, 0},
		{"in years", reset(10000 * time.Hour), 429, 0},
		{"in milliseconds", fixed("x-rate-limit-reset", "946684860000"), 429, 0},
		{"overflowing", fixed("x-rate-limit-reset", "9223372036854775807"), 429, 0},
		{"more than 64 bits", fixed("x-rate-limit-reset", "99999999999999999999"), 429, 0},
		{"a word", fixed("x-rate-limit-reset", "soon"), 429, 0},
		{"a fraction", fixed("x-rate-limit-reset", "946684860.5"), 429, 0},
		{"empty", fixed("x-rate-limit-reset", ""), 429, 0},
		{"absent", fixed(), 429, 0},
		{"Retry-After alone", fixed("Retry-After", "60"), 429, time.Minute},
		{"both", func(now time.Time) map[string]string {
			h := reset(15 * time.Minute)(now)
			h["Retry-After"] = "60"
			return h
		}, 429, 15 * time.Minute},
		{"garbage, and Retry-After", fixed("x-rate-limit-reset", "soon", "Retry-After", "60"), 429, time.Minute},
		// X sends it with every answer; it means nothing with others.
		{"with 401", reset(15 * time.Minute), 401, 0},
		{"with 503", reset(15 * time.Minute), 503, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for _, op := range []provider.Op{provider.OpRequestToken, provider.OpRevoke} {
					now := time.Now()
					err := run(t, answered(t, reply{Status: row.status, Header: row.header(now)}), op)
					var e *provider.Error
					require.ErrorAs(t, err, &e)
					if row.status == http.StatusTooManyRequests {
						require.ErrorIs(t, err, provider.ErrRateLimited)
					}
					if row.want == 0 {
						assert.True(t, e.RetryAt.IsZero(), "%v", e.RetryAt)
					} else {
						assert.True(t, now.Add(row.want).Equal(e.RetryAt), "%v", e.RetryAt)
					}
				}
			})
		})
	}
}

// A limit that is about to end is waited for, by the profile alone.
func TestNearReset(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		in    time.Duration
		calls int
	}{{time.Second, 2}, {2 * time.Second, 1}, {15 * time.Minute, 1}, {-time.Minute, 1}} {
		t.Run(row.in.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls, start := 0, time.Now()
				header := reset(row.in)(start)
				f := answered(t, reply{}, func(c *twitter.Config) {
					c.HTTPClient = &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
						if calls++; calls == 1 {
							return reply{Status: http.StatusTooManyRequests, Header: header}.response(), nil
						}
						return reply{Status: http.StatusOK, Body: `{"id":71}`}.response(), nil
					})}
				})
				err := run(t, f, provider.OpProfile)
				assert.Equal(t, row.calls, calls)
				if row.calls == 1 {
					requireError(t, err, provider.ErrRateLimited, provider.OpProfile)
					assert.Zero(t, time.Since(start))
				} else {
					require.NoError(t, err)
					assert.Equal(t, row.in, time.Since(start))
				}
			})
		})
	}
}
