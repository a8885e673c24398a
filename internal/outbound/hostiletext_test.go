package outbound_test

import (
	"bufio"
	"context"
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
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
)

const (
	asciiEscapes = "\x1b]0;owned\x07\x1b[2J"
	escapes      = asciiEscapes + "\u202eevil\xff\x9b"
)

// What a proxy, or whoever answers in place of the provider, says of itself gets
// into the errors of net/http. It is printed on terminals.
func TestErrorsMoveNoCursor(t *testing.T) {
	t.Parallel()
	for name, transport := range map[string]*http.Transport{
		"a proxy that refuses":         {Proxy: http.ProxyURL(proxyThatSays(t, escapes))},
		"a proxy that says a lot":      {Proxy: http.ProxyURL(proxyThatSays(t, strings.Repeat("x", 4000)))},
		"a certificate of other names": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := "https://api.example/"
			if transport.Proxy == nil {
				target = serverNamed(t, asciiEscapes+".example")
			}
			c := &outbound.Caller{Name: "fake", HTTP: outbound.NewClient(&http.Client{Transport: transport}), Timeout: 10 * time.Second}
			_, err := c.Once(t.Context(), provider.OpProfile, func(ctx context.Context) (*http.Request, error) {
				return http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
			}, 20, "")
			e := requireError(t, err, provider.ErrUnavailable)
			require.Error(t, e.Err)
			assert.True(t, utf8.ValidString(err.Error()))
			assert.NotContains(t, err.Error(), "\x1b")
			assert.NotContains(t, err.Error(), "\ufffd", "what is no UTF-8 is a question mark, as all else that is replaced")
			assert.False(t, strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }), "%q", err.Error())
			assert.Less(t, len(err.Error()), 600)
		})
	}
}

// proxyThatSays answers each request with a status of its own.
func proxyThatSays(t *testing.T, text string) *url.URL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = conn.Write([]byte("HTTP/1.1 403 No " + text + "\r\nContent-Length: 0\r\n\r\n"))
			_ = conn.Close()
		}
	}()
	return &url.URL{Scheme: "http", Host: l.Addr().String()}
}

// serverNamed has a certificate for that name alone, which nobody has signed.
func serverNamed(t *testing.T, name string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}
