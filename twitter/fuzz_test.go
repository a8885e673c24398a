package twitter_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// addProfiles seeds a target with the fixtures and with what is worst in the
// tables.
func addProfiles(f *testing.F) {
	files, err := filepath.Glob("testdata/profiles/*.json")
	require.NoError(f, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(raw)
	}
	for _, seed := range []string{
		"", "null", "[]", "{}", `{"id":9007199254740993}`, `{"id":1e21}`, `{"id":-1}`, `{"id":0}`, `{"id":"null"}`, `{"id_str":" "}`,
		`{"id_str":"\u0037\u0031"}`, `{"id":71,"email":null}`, `{"id":71,"email":{"a":1}}`, `{"data":{"id":"71"}}`, `{"data":{"id":71.5}}`,
		`{"data":null,"errors":[{"code":88}]}`, `{"errors":"x"}`, `{"ID":71,"id":72}`, "<html>", "\xff", `{"id":"` + "\xff" + `"}`,
	} {
		f.Add([]byte(seed))
	}
}

// checkParsed is what must hold of whatever a parser makes of raw.
func checkParsed(t *testing.T, raw []byte, p provider.Profile, err error) {
	t.Helper()
	if err != nil {
		e, ok := errors.AsType[*provider.Error](err)
		if !ok || (!errors.Is(err, provider.ErrProtocol) && !errors.Is(err, provider.ErrIdentity)) {
			t.Errorf("not an error of the contract: %#v", err)
		}
		if p.ID != "" || (ok && len(e.Error()) > 600) {
			t.Errorf("%q and %v", p.ID, err)
		}
		return
	}
	if provider.CheckID(p.ID) != nil || provider.CodeWord(p.ID) == "" || strings.ContainsAny(p.ID, ".-") || p.ID == p.Username {
		t.Errorf("the ID is %q", p.ID)
	}
	// Escapes apart, the digits are the answer's own.
	if !strings.Contains(string(raw), p.ID) && !strings.Contains(string(raw), `\u`) {
		t.Errorf("the ID %q was not sent", p.ID)
	}
	if p.EmailVerified && p.Email == "" {
		t.Error("no address is verified")
	}
	if p.AvatarURL != "" && !strings.HasPrefix(p.AvatarURL, "https://") {
		t.Errorf("the picture is at %q", p.AvatarURL)
	}
	if string(p.Raw) != string(raw) {
		t.Error("Raw is not what was sent")
	}
}

func FuzzParseVerifyCredentials(f *testing.F) {
	addProfiles(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := twitter.ParseVerifyCredentials(raw)
		checkParsed(t, raw, p, err)
	})
}

func FuzzParseUsersMe(f *testing.F) {
	addProfiles(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := twitter.ParseUsersMe(raw)
		checkParsed(t, raw, p, err)
	})
}

// Whatever X refuses with: one error of a known kind for each call, short, and
// without the answer's words.
func FuzzRefusal(f *testing.F) {
	for _, r := range refusals(f) {
		f.Add(r.Status, r.Body, r.Header["Content-Type"])
	}
	f.Add(429, "", "946685000")
	f.Add(401, "<a><b></a></b><error code='32'>", "x")
	f.Fuzz(func(t *testing.T, status int, body, header string) {
		if status < 201 || status > 599 {
			return
		}
		r := reply{Status: status, Body: body, Header: map[string]string{
			"x-rate-limit-reset": header, "Retry-After": header, "Date": header, "x-transaction-id": header, "Content-Type": header,
		}}
		// The time limit keeps a profile from its second try.
		flow := answered(t, r, func(c *twitter.Config) { c.Timeout = 20 * time.Millisecond })
		for _, op := range ops {
			err := run(t, flow, op)
			e, ok := errors.AsType[*provider.Error](err)
			if !ok {
				t.Fatalf("not an error of the Flow: %#v", err)
			}
			known := false
			for _, kind := range kinds {
				known = known || e.Kind == kind
			}
			if !known || e.Op != op || e.Provider != twitter.Name {
				t.Errorf("%#v", e)
			}
			if len(e.Code) > 5 || strings.Trim(e.Code, "0123456789") != "" {
				t.Errorf("the code is %q", e.Code)
			}
			if len(err.Error()) > 800 || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
				t.Errorf("the text is %q", err)
			}
		}
	})
}
