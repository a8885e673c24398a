package oidcflow_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/oauthreg/go/provider"
)

// FuzzClaims reads arbitrary claims as a profile, from userinfo and from an
// id_token, with the general decoder of encoding/json as an oracle.
func FuzzClaims(f *testing.F) {
	f.Add([]byte(standardClaims))
	for _, seed := range []string{
		`{}`, `null`, `[]`, `"x"`, `{"sub":"248289761001"}`, `{"sub":248289761001}`, `{"sub":null}`, `{"SUB":"248289761001"}`,
		`{"iss":"https://op.example","aud":"the-client","sub":"248289761001","email":"a@b.example","email_verified":"true"}`,
		`{"iss":"https://op.example","aud":["x","the-client"],"azp":"the-client","sub":"248289761001","email_verified":true}`,
		`{"iss":"https://op.example","aud":["the-client",1],"sub":"248289761001"}`,
		`{"iss":"https://op.example","aud":"the-client","sub":"248289761001","sub":"evil"}`,
		`{"iss":"https://op.example","aud":"the-client","sub":"a\u0000b","exp":1e400}`,
		`{"sub":"248289761001"} {}`, "\ufeff{}", `{"sub":"` + strings.Repeat("x", 300) + `"}`,
	} {
		f.Add([]byte(seed))
	}
	with, without := newForger(), newForger()
	delete(without.metadata, "userinfo_endpoint")
	userinfo, idToken := with.flow(f), without.flow(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		var oracle object
		valid := json.Unmarshal(body, &oracle) == nil
		sub, _ := oracle["sub"].(string)
		tok := provider.Token{Access: provider.NewSecret("x"), Subject: subject, Extra: map[string]provider.Secret{
			"id_token": provider.NewSecret("h." + b64(body) + ".s"),
		}}
		with.set(func() {
			with.userinfo = string(body)
			with.requests, with.forms, with.headers = nil, nil, nil
		})
		p, err := userinfo.FetchProfile(t.Context(), tok)
		checkProfile(t, body, oracle, p, err)
		q, err := idToken.FetchProfile(t.Context(), tok)
		checkProfile(t, body, oracle, q, err)
		if err == nil {
			aud, single := oracle["aud"].(string)
			list, _ := oracle["aud"].([]any)
			switch {
			case !valid || sub != subject || oracle["iss"] != issuer:
				t.Fatalf("%q is accepted", body)
			case single && aud != clientID, !single && len(list) == 0, len(list) > 1 && oracle["azp"] != clientID:
				t.Fatalf("%q is accepted for another client", body)
			case p.ID != "" && (p.Name != q.Name || p.Email != q.Email || p.EmailVerified != q.EmailVerified):
				t.Fatalf("%q is one profile from userinfo, another from the id_token", body)
			}
		}
	})
}

func checkProfile(t *testing.T, body []byte, oracle object, p provider.Profile, err error) {
	t.Helper()
	if err != nil {
		e, ok := errors.AsType[*provider.Error](err)
		if !ok || (e.Kind != provider.ErrIdentity && e.Kind != provider.ErrProtocol) {
			t.Fatalf("%q: %v", body, err)
		}
		return
	}
	if p.ID != subject || string(p.Raw) != string(body) {
		t.Fatalf("%q is a profile of %q", body, p.ID)
	}
	if word := oracle["email_verified"]; p.EmailVerified && (p.Email == "" || p.Email != oracle["email"] || (word != true && word != "true")) {
		t.Fatalf("%q has a verified address", body)
	}
}
