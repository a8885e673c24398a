package twitter

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"syscall"

	"github.com/oauthreg/go/provider"
)

const (
	rootsHint = `this machine does not trust the certificate: install the CA certificates (in a container, the package ` +
		`"ca-certificates"), or add the CA of the proxy that looks into TLS here`
	expiredCertificateHint = `the certificate is out of date, or this machine's clock is wrong: check the clock first (NTP)`
	wrongHostHint          = `the certificate is another host's: check Config.BaseURL, and for a proxy or a log-in page of the network on the way`
	noTLSHint              = `what answers does not speak TLS: check the port in Config.BaseURL, and that a proxy's URL begins with http:// if it speaks that`
	nameHint               = `the name cannot be looked up: check Config.BaseURL, and this machine's name server`
	refusedHint            = `nothing listens there, or a firewall says no: check Config.BaseURL, and that outgoing connections to it are allowed`
)

// explained adds to an error without an answer what to look at.
func explained(err error) error {
	if e, ok := errors.AsType[*provider.Error](err); ok && e.Status == 0 && e.Hint == "" {
		if hint := transportHint(e); hint != "" {
			e.Hint = hint
		}
	}
	return err
}

// transportHint tells what to look at when no answer came, or "".
func transportHint(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		return "the proxy cannot be reached: check HTTPS_PROXY and NO_PROXY"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return expiredCertificateHint
		}
		return rootsHint
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return wrongHostHint
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return rootsHint
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return noTLSHint
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return nameHint
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return refusedHint
	}
	return ""
}
