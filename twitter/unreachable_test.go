package twitter_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// Where X cannot be reached, the hint tells at which step.
func TestCheckThatDoesNotReachX(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	trusted := quietTLS(t, nil)
	expired := quietTLS(t, expiredCertificate(t))
	closed := closedAddress(t)
	ssh := greeting(t, "SSH-2.0-OpenSSH_10.2\r\n")
	says407 := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(says407.Close)

	roots := func(server *httptest.Server) *http.Client {
		pool := x509.NewCertPool()
		pool.AddCert(server.Certificate())
		return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	}
	at := func(base string, client *http.Client) func(*twitter.Config) {
		return func(c *twitter.Config) { c.BaseURL, c.HTTPClient = base, client }
	}
	failing := func(err error) *http.Client {
		return &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) { return nil, err })}
	}
	for _, row := range []struct {
		name   string
		change func(*twitter.Config)
		hint   string
		more   string
	}{
		{"nothing listens", at("http://"+closed, nil), "nothing listens there", ""},
		{"the name is unknown", at("https://api.x.invalid", failing(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "api.x.invalid"}})),
			"the name cannot be looked up", ""},
		{"nobody vouches for the certificate", at(trusted.URL, nil), "ca-certificates", ""},
		{"the certificate is another host's", at(strings.Replace(trusted.URL, "127.0.0.1", "localhost", 1), roots(trusted)), "another host's", ""},
		{"the certificate has expired", at(expired.URL, roots(expired)), "out of date", "clock"},
		{"no TLS", at("https://"+plain.Listener.Addr().String(), nil), "does not speak TLS", ""},
		{"neither TLS nor HTTP", at("https://"+ssh, nil), "does not speak TLS", ""},
		{"the proxy is not there", proxied("http://somebody:hunter2@" + closed), "the proxy cannot be reached", "through the proxy " + closed},
		{"the proxy says no", proxied("http://somebody:hunter2@" + says407.Listener.Addr().String()), "check that this machine reaches",
			"through the proxy " + says407.Listener.Addr().String()},
		{"something else", at("https://api.x.invalid", failing(io.ErrUnexpectedEOF)), "check that this machine reaches https://api.x.invalid", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cfg := twitter.Config{ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret)}
			row.change(&cfg)
			f, err := twitter.New(cfg)
			require.NoError(t, err)
			_, err = f.Check(t.Context(), callbackURL)
			e := requireError(t, err, provider.ErrUnavailable, provider.OpRequestToken)
			assert.Contains(t, e.Hint, row.hint, "%v", err)
			assert.Contains(t, e.Hint, row.more)
			assert.Zero(t, e.Status)
			assertNoSecrets(t, err, "hunter2")
		})
	}
}

// A time limit is named as a cause only where it is short.
func TestCheckNamesAShortTimeout(t *testing.T) {
	t.Parallel()
	failing := &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })}
	for timeout, short := range map[time.Duration]bool{0: false, time.Second - 1: true, time.Second: false, time.Minute: false} {
		cfg := valid()
		cfg.Timeout, cfg.HTTPClient = timeout, failing
		f, err := twitter.New(cfg)
		require.NoError(t, err)
		_, err = f.Check(t.Context(), callbackURL)
		e := requireError(t, err, provider.ErrUnavailable, provider.OpRequestToken)
		assert.Equal(t, short, strings.Contains(e.Hint, "Config.Timeout is very short"), "%v", timeout)
		assert.Contains(t, e.Hint, "check that this machine reaches https://api.x.com")
	}
}

// quietTLS is an https server that does not log what clients think of it.
func quietTLS(t *testing.T, certificate *tls.Certificate) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if certificate != nil {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func expiredCertificate(t *testing.T) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// greeting is the address of a server that says one thing to whoever comes, and
// listens until they go.
func greeting(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.Close()) })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the test is over
			}
			go func() {
				_, _ = io.WriteString(conn, text)
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// closedAddress is one where nobody listens any more.
func closedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// The same holds for a sign-up: who reads the log has no Check at hand.
func TestASignUpThatDoesNotReachX(t *testing.T) {
	t.Parallel()
	x, err := twitter.New(twitter.Config{ConsumerKey: "key", ConsumerSecret: provider.NewSecret("secret"), BaseURL: "http://" + closedAddress(t)})
	require.NoError(t, err)
	tok := provider.Token{Access: provider.NewSecret("a"), Secret: provider.NewSecret("s"), Subject: "12"}
	hs := provider.Handshake{ID: "rt", Secret: provider.NewSecret("s"), CallbackURL: "http://127.0.0.1/cb"}
	_, _, startErr := x.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: hs.CallbackURL})
	_, callbackErr := x.HandleCallback(t.Context(), hs, url.Values{"oauth_token": {"rt"}, "oauth_verifier": {"v"}})
	_, profileErr := x.FetchProfile(t.Context(), tok)
	_, _, pinErr := x.StartPIN(t.Context())
	_, typedErr := x.FinishPIN(t.Context(), hs, "0123456")
	for step, err := range map[string]error{
		"start": startErr, "callback": callbackErr, "profile": profileErr, "PIN": pinErr, "PIN typed in": typedErr,
	} {
		require.ErrorIs(t, err, provider.ErrUnavailable, step)
		assert.ErrorContains(t, err, "nothing listens there", step)
	}
}
