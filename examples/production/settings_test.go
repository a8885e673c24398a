package main

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
)

func wholeEnv() map[string]string {
	return map[string]string{
		"DATABASE_URL": "postgres://app:s3cr3t@db.example.com:5432/app?sslmode=disable",
		"REDIS_URL":    "redis://:s3cr3t@cache.example.com:6379/3",
		"BASE_URL":     "https://app.example.com/", "OAUTHREG_KEY": seal.NewKey(),
		"X_CONSUMER_KEY": "key", "X_CONSUMER_SECRET": "s3cr3t",
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	env := wholeEnv()
	s, err := readSettings(func(name string) string { return env[name] })
	require.NoError(t, err)
	assert.Equal(t, "https://app.example.com", s.baseURL)
	assert.Equal(t, "fieldnotes:", s.redisPrefix)
	assert.Equal(t, "127.0.0.1:8080", s.listenAddr)
	assert.Equal(t, time.Second, s.drainDelay)
	assert.Equal(t, "app", s.database.Database)
	assert.Equal(t, 3, s.redis.DB)
	// A request must not hang on a service that is away.
	assert.Equal(t, 2*time.Second, s.database.ConnectTimeout)
	assert.Equal(t, 2*time.Second, s.redis.DialTimeout)
	assert.Equal(t, 2*time.Second, s.redis.ReadTimeout)
	assert.Equal(t, 1, s.redis.MaxRetries)
	assert.True(t, s.redis.ContextTimeoutEnabled)

	maps.Copy(env, map[string]string{
		"DATABASE_URL": env["DATABASE_URL"] + "&connect_timeout=7", "REDIS_URL": env["REDIS_URL"] + "?dial_timeout=7s",
		"REDIS_PREFIX": "mine:", "LISTEN_ADDR": ":80", "DRAIN_DELAY": "0s", "INSTANCE": "web-7",
	})
	s, err = readSettings(func(name string) string { return env[name] })
	require.NoError(t, err)
	assert.Equal(t, "mine:", s.redisPrefix)
	assert.Equal(t, ":80", s.listenAddr)
	assert.Equal(t, "web-7", s.instance)
	assert.Zero(t, s.drainDelay)
	assert.Equal(t, 7*time.Second, s.database.ConnectTimeout, "what the URL says stays")
	assert.Equal(t, 7*time.Second, s.redis.DialTimeout)
}

// Each fault begins with the name of a variable.
var faultPattern = regexp.MustCompile(`(?m)^[A-Z]+_[A-Z_]+|^INSTANCE`)

func TestSettingsThatAreMissingOrMalformedStopTheProgram(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change map[string]string
		want   []string
	}{
		{"nothing", map[string]string{
			"DATABASE_URL": "", "REDIS_URL": "", "BASE_URL": "", "OAUTHREG_KEY": "", "X_CONSUMER_KEY": "", "X_CONSUMER_SECRET": "",
		}, []string{
			"DATABASE_URL is not set", "REDIS_URL is not set", "BASE_URL is not set", "OAUTHREG_KEY is not set",
			"X_CONSUMER_KEY is not set", "X_CONSUMER_SECRET is not set",
		}},
		{"several", map[string]string{"REDIS_URL": "", "BASE_URL": "app", "DRAIN_DELAY": "soon"}, []string{"REDIS_URL is not set", "BASE_URL must", "DRAIN_DELAY must"}},
		{"database of another kind", map[string]string{"DATABASE_URL": "mysql://app:s3cr3t@h/app"}, []string{"DATABASE_URL must"}},
		{"database not a URL", map[string]string{"DATABASE_URL": "host=h password=s3cr3t"}, []string{"DATABASE_URL must"}},
		{"database with an odd password", map[string]string{"DATABASE_URL": "postgres://app:s3cr3t%zz@h/app"}, []string{"DATABASE_URL must"}},
		{"database with an odd port", map[string]string{"DATABASE_URL": "postgres://app:s3cr3t@h:port/app"}, []string{"DATABASE_URL must"}},
		{"Redis of another kind", map[string]string{"REDIS_URL": "http://:s3cr3t@h"}, []string{"REDIS_URL must"}},
		{"Redis with an odd password", map[string]string{"REDIS_URL": "redis://:s3cr3t%zz@h"}, []string{"REDIS_URL must"}},
		{"Redis with an odd database", map[string]string{"REDIS_URL": "redis://:s3cr3t@h/s3cr3t"}, []string{"REDIS_URL must"}},
		{"base URL with a path", map[string]string{"BASE_URL": "https://app.example.com/x"}, []string{"BASE_URL must be a scheme and a host"}},
		{"base URL not https", map[string]string{"BASE_URL": "http://app.example.com"}, []string{"BASE_URL must begin with https://"}},
		{"sealing key not base64", map[string]string{"OAUTHREG_KEY": "s3cr3t!"}, []string{"OAUTHREG_KEY cannot be used"}},
		{"sealing key too short", map[string]string{"OAUTHREG_KEY": "c2hvcnQ="}, []string{"not 32"}},
		{"key with a line break", map[string]string{"X_CONSUMER_KEY": "k\n"}, []string{"line break"}},
		{"API URL not https", map[string]string{"X_API_URL": "http://api.x.com"}, []string{"https"}},
		{"address without port", map[string]string{"LISTEN_ADDR": "127.0.0.1"}, []string{"LISTEN_ADDR must"}},
		{"delay too long", map[string]string{"DRAIN_DELAY": "2m"}, []string{"DRAIN_DELAY must"}},
		{"delay negative", map[string]string{"DRAIN_DELAY": "-1s"}, []string{"DRAIN_DELAY must"}},
		{"instance for a header", map[string]string{"INSTANCE": "1\r\nSet-Cookie: a=b"}, []string{"INSTANCE must"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := wholeEnv()
			maps.Copy(env, tt.change)
			out := &lockedBuffer{}
			err := run(t.Context(), nil, func(name string) string { return env[name] }, strings.NewReader(""), out, out)
			require.Error(t, err)
			for _, want := range tt.want {
				assert.Contains(t, err.Error(), want)
			}
			assert.Len(t, faultPattern.FindAllString(err.Error(), -1), len(tt.want), err)
			assert.NotContains(t, err.Error(), "s3cr3t")
			assert.Empty(t, out.String())
		})
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	nowhere := freeAddr(t)
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"argument", []string{"serve"}, "unexpected argument"},
		{"flag", []string{"-port", "1"}, "-port"},
		{"address", []string{"-demo", "-addr", "nowhere"}, "-addr"},
		{"database of the demo", []string{"-demo", "-addr", "127.0.0.1:0"}, "is PostgreSQL running, and does DATABASE_URL say where?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := &lockedBuffer{}
			err := run(t.Context(), tt.args, func(name string) string {
				if name == "DATABASE_URL" {
					return "postgres://app:s3cr3t@" + nowhere + "/app"
				}
				return ""
			}, strings.NewReader(""), out, out)
			assert.ErrorContains(t, err, tt.want)
			assert.NotContains(t, err.Error(), "s3cr3t")
		})
	}
}

// The password is in the URL that the driver is given.
func TestADatabaseThatCannotBeReachedIsNamedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	env := wholeEnv()
	env["DATABASE_URL"] = "postgres://app:s3cr3t@" + freeAddr(t) + "/app?sslmode=disable"
	env["LISTEN_ADDR"] = "127.0.0.1:0"
	out := &lockedBuffer{}
	err := run(t.Context(), nil, func(name string) string { return env[name] }, strings.NewReader(""), out, out)
	require.ErrorContains(t, err, "cannot reach the database of DATABASE_URL")
	assert.NotContains(t, err.Error()+out.String(), "s3cr3t")
	assert.NotContains(t, out.String(), "listening")
}
