package twittertest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// APIError is an error of /oauth and /1.1 in JSON, for the codes that have no
// function of their own: 131 (500), 215 (400), 326 (403), 416 and 417 (401),
// 453 (403) and so on.
func APIError(status, code int, message string) Fault {
	return canned(jsonAnswer(status, typeJSON, errorList{[]apiError{{code, message}}}))
}

// Code32 is X's answer to wrong keys and wrong signatures.
func Code32() Fault { return canned(couldNotAuthenticate("").answer()) }

// InvalidToken is the answer to a call with a revoked access token, code 89.
func InvalidToken() Fault {
	return APIError(http.StatusUnauthorized, 89, "Invalid or expired token.")
}

// SuspendedUser is the answer to a call for a suspended account, code 64. It is
// in the form that mixes v1.1 errors with a v2 problem.
func SuspendedUser() Fault {
	return canned(refusal{
		status: http.StatusForbidden, code: codeSuspended,
		message: "Your account is suspended and is not permitted to access this feature.",
	}.problem())
}

// Timestamp135 is the answer to a request whose timestamp is too far off. Its
// Date header is ahead of this machine's clock by skew, or behind if negative.
func Timestamp135(skew time.Duration) Fault {
	f := APIError(http.StatusUnauthorized, 135, "Timestamp out of bounds.")
	f.ClockSkew = skew
	return f
}

// RateLimited is code 88, with headers that put the end of the limit at reset.
// For a v2 endpoint the body is the problem document.
func RateLimited(reset time.Time) Fault {
	f := canned(jsonAnswer(http.StatusTooManyRequests, typeJSON, problem{
		Errors: []apiError{{88, "Rate limit exceeded"}},
		Title:  "Too Many Requests", Detail: "Too Many Requests", Type: aboutBlank, Status: http.StatusTooManyRequests,
	}))
	f.Header = rateLimitHeader(0, reset)
	return f
}

// CallbackNotApproved is the answer to a callback URL that the app has not
// registered: XML with code 415.
func CallbackNotApproved() Fault {
	return canned(xmlCode(http.StatusForbidden, 415, "Callback URL not approved for this client application. "+
		"Approved callback URLs can be adjusted in your application settings"))
}

// DesktopApp is the answer to a callback URL from an app that has none
// registered: XML without a code.
func DesktopApp() Fault {
	return canned(newAnswer(http.StatusUnauthorized, typeXML, []byte(`<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
		"<hash>\n  <error>Desktop applications only support the oauth_callback value 'oob'</error>\n"+
		"  <request>/oauth/request_token</request>\n</hash>\n")))
}

// InvalidRequestToken is the answer to a used or expired request token: text.
func InvalidRequestToken() Fault {
	return canned(plainRefusal("Invalid request token.", "").answer())
}

// InvalidVerifier is the answer to a wrong or used verifier: text.
func InvalidVerifier() Fault {
	return canned(plainRefusal("Error processing your OAuth request: Invalid oauth_verifier parameter", "").answer())
}

// BadSignatureText is the older answer to a wrong signature: text.
func BadSignatureText() Fault {
	return canned(plainRefusal("Failed to validate oauth signature and token", "").answer())
}

// OverCapacity is the 503 page.
func OverCapacity() Fault {
	return canned(newAnswer(http.StatusServiceUnavailable, typeHTML, []byte("<!DOCTYPE html>\n<html><head>"+
		"<title>Twitter / Over capacity</title></head>\n<body><h1>Twitter is over capacity.</h1>\n"+
		"<p>Please wait a moment and try again.</p></body></html>\n")))
}

// CloudflareBlock is the 403 page of the network in front of X.
func CloudflareBlock() Fault {
	f := canned(newAnswer(http.StatusForbidden, typeHTML, []byte("<!DOCTYPE html>\n<html><head>"+
		"<title>Attention Required! | Cloudflare</title></head>\n<body><h1>Sorry, you have been blocked</h1>\n"+
		"<p>You are unable to access this site.</p></body></html>\n")))
	f.Header = http.Header{"Server": {"cloudflare"}, "Cf-Ray": {"8f1e2d3c4b5a6978-LIS"}}
	return f
}

// Problem is a v2 error. The last segment of its type, such as "credits" or
// "invalid-request", names it; "" makes the type about:blank.
func Problem(status int, kind, title, detail string) Fault {
	uri := aboutBlank
	if kind != "" {
		uri = "https://api.twitter.com/2/problems/" + kind
	}
	return canned(jsonAnswer(status, typeProblem, problem{Title: title, Detail: detail, Type: uri, Status: status}))
}

// NoCredits is the 402 of a pay-per-use project that has nothing left.
func NoCredits() Fault {
	return canned(jsonAnswer(http.StatusPaymentRequired, typeJSON, struct {
		AccountID int64  `json:"account_id"`
		Title     string `json:"title"`
		Detail    string `json:"detail"`
		Type      string `json:"type"`
	}{
		1999999999999999999, "CreditsDepleted",
		"Your enrolled account [1999999999999999999] does not have any credits to fulfill this request.",
		"https://api.twitter.com/2/problems/credits",
	}))
}

// NotEnrolled is the 403 of an app that belongs to no project.
func NotEnrolled() Fault {
	return canned(jsonAnswer(http.StatusForbidden, typeProblem, map[string]any{
		"client_id": "99999999", "reason": "client-not-enrolled",
		"required_enrollment": "Appropriate Level of API Access",
		"registration_url":    "https://developer.twitter.com/en/docs/projects/overview",
		"title":               "Client Forbidden",
		"detail": "When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens " +
			"from a Twitter developer App that is attached to a Project.",
		"type": "https://api.twitter.com/2/problems/client-forbidden",
	}))
}

// PartialV2 is the 200 of /2/users/me that has errors and no data.
func PartialV2() Fault {
	item := map[string]string{
		"resource_type": "user", "parameter": "id", "title": "Authorization Error",
		"detail": "Sorry, you are not authorized to see the user.",
		"type":   "https://api.twitter.com/2/problems/not-authorized-for-resource",
	}
	return canned(jsonAnswer(http.StatusOK, typeJSON, map[string]any{"errors": []any{item}}))
}

// OAuth2Error is an error of the OAuth 2.0 token endpoints (RFC 6749 section
// 5.2), such as 400, "invalid_request" and X's description.
func OAuth2Error(status int, word, description string) Fault {
	return canned(oauth2Refusal{status: status, word: word, description: description}.answer())
}

// MissingScopes is the 403 to a bearer token whose scope does not suffice.
func MissingScopes(scopes ...string) Fault { return canned(scopesProblem(scopes)) }

// CallbackNotConfirmed replaces the value of oauth_callback_confirmed in the
// answer to request_token, or leaves it out if value is "".
func CallbackNotConfirmed(value string) Fault {
	return Fault{Form: func(form url.Values) {
		form.Del("oauth_callback_confirmed")
		if value != "" {
			form.Set("oauth_callback_confirmed", value)
		}
	}}
}

// NoUserID leaves user_id and screen_name out of the answer to access_token.
func NoUserID() Fault {
	return Fault{Form: func(form url.Values) {
		form.Del("user_id")
		form.Del("screen_name")
	}}
}

// RedirectTo is a redirect, which no client of these endpoints may follow: its
// signature is for another URL and its credentials are for nobody else.
func RedirectTo(location string) Fault {
	return Fault{Status: http.StatusFound, Header: http.Header{"Location": {location}}}
}

// Huge makes the real answer n bytes longer.
func Huge(n int) Fault { return Fault{Pad: n} }

// Gzip compresses the real answer.
func Gzip() Fault { return Fault{Gzip: true} }

// TruncatedBody closes the connection after the first bytes of the real answer.
func TruncatedBody() Fault { return Fault{Truncate: 16} }

// canned turns an answer of the server's own kind into a fault.
func canned(a answer) Fault {
	return Fault{Status: a.status, ContentType: a.header.Get("Content-Type"), Body: string(a.body)}
}

// xmlCode is the XML error with a code. The message must need no escaping.
func xmlCode(status, code int, message string) answer {
	return newAnswer(status, typeXML, []byte("<?xml version='1.0' encoding='UTF-8'?><errors><error code=\""+
		strconv.Itoa(code)+"\">"+strings.TrimSpace(message)+"</error></errors>"))
}

// rateLimitHeader announces a limit. X counts in seconds since 1970.
func rateLimitHeader(remaining int, reset time.Time) http.Header {
	return http.Header{
		"X-Rate-Limit-Limit":     {strconv.Itoa(profileLimit)},
		"X-Rate-Limit-Remaining": {strconv.Itoa(remaining)},
		"X-Rate-Limit-Reset":     {strconv.FormatInt(reset.Unix(), 10)},
	}
}
