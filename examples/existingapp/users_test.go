package main

import (
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 100)
	const r = rounds(2000)
	stored, err := r.hashPassword(long + "x")
	require.NoError(t, err)
	assert.NotContains(t, stored, long)
	again, err := r.hashPassword(long + "x")
	require.NoError(t, err)
	assert.NotEqual(t, stored, again, "the salt is random")
	for _, tt := range []struct {
		name, stored, password string
		want                   bool
	}{
		{"right", stored, long + "x", true},
		{"wrong after 72 bytes", stored, long + "y", false},
		{"shorter", stored, long, false},
		{"empty", stored, "", false},
		{"nobody's", "", "", false},
		{"nobody's hash of nothing", "pbkdf2-sha256$1$$", "", false},
		{"unknown scheme", strings.Replace(stored, "sha256", "md5", 1), long + "x", false},
		{"the stored text", stored, stored, false},
		{"fewer rounds stored", strings.Replace(stored, "$2000$", "$1$", 1), long + "x", false},
	} {
		assert.Equal(t, tt.want, r.checkPassword(tt.stored, tt.password), tt.name)
	}
	for password, ok := range map[string]bool{
		"123456789": false, "1234567890": true, "ééééééééé": false, strings.Repeat("a", 1024): true, strings.Repeat("a", 1025): false,
	} {
		assert.Equal(t, ok, passwordFault(password) == "", "%.12s", password)
	}
}

func TestRegisteringByPassword(t *testing.T) {
	t.Parallel()
	_, env := fakeX(t)
	p := start(t, env)
	newBrowser(t).register(p, "ada", "ada@example.net")
	for _, tt := range []struct{ name, username, email, password, want string }{
		{"username taken", "ada", "other@example.net", password, "Somebody else has this username."},
		{"address taken", "eve", "ADA@example.net", password, "Somebody is registered with this address."},
		{"no username", "", "eve@example.net", password, "Please choose a username"},
		{"username with a blank", "e v e", "eve@example.net", password, "Please choose a username"},
		{"no address", "eve", "", password, "Please enter an e-mail address"},
		{"name and address", "eve", "Eve <eve@example.net>", password, "Please enter an e-mail address"},
		{"short password", "eve", "eve@example.net", "short", "at least 10 characters"},
		{"long password", "eve", "eve@example.net", strings.Repeat("a", 1025), "at most 1024 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBrowser(t)
			a := b.post(p.url+"/register", url.Values{"username": {tt.username}, "email": {tt.email}, "password": {tt.password}})
			assert.Equal(t, http.StatusUnprocessableEntity, a.status)
			assert.Contains(t, a.body, tt.want)
			assert.Equal(t, 1, strings.Count(a.body, "aria-invalid"))
			form := inputs(a.body, "/register")
			assert.Equal(t, tt.username, form.Get("username"), "what was typed is still there")
			assert.Empty(t, form.Get("password"))
		})
	}
	assert.Equal(t, 1, p.count(t, "users"))
}

func TestChangingThePassword(t *testing.T) {
	t.Parallel()
	_, env := fakeX(t)
	p := start(t, env)
	b := newBrowser(t)
	b.register(p, "ada", adaEmail)
	change := func(current, next string) answer {
		t.Helper()
		return b.follow(b.post(p.url+"/account/password", url.Values{"current": {current}, "password": {next}}))
	}
	assert.Contains(t, change("", "another password").body, "Your current password is another.")
	assert.Contains(t, change("not the password", "another password").body, "Your current password is another.")
	assert.Equal(t, http.StatusUnprocessableEntity, newBrowser(t).signIn(p, adaEmail, "another password").status)
	assert.Contains(t, change(password, "another password").body, "Your password is set.")
	assert.Equal(t, p.url+"/account", newBrowser(t).signIn(p, adaEmail, "another password").location)
	assert.Equal(t, http.StatusUnprocessableEntity, newBrowser(t).signIn(p, adaEmail, password).status)
	assert.Equal(t, p.url+"/signin", newBrowser(t).post(p.url+"/account/password", url.Values{"password": {password}}).location)
}

func TestConfirmingTheAddress(t *testing.T) {
	t.Parallel()
	_, env := fakeX(t)
	p := start(t, env)
	b, other := newBrowser(t), newBrowser(t)
	assert.Contains(t, b.register(p, "ada", adaEmail).body, "not confirmed yet")
	link := regexp.MustCompile(regexp.QuoteMeta(p.url) + `/account/confirm\?code=\w+`).FindString(p.log.String())
	require.NotEmpty(t, link)
	assert.Equal(t, p.url+"/signin", newBrowser(t).get(link).location)

	// Opening it is not enough, and it is for its own user only.
	form := inputs(b.get(link).body, "/account/confirm")
	other.register(p, "eve", "eve@example.net")
	assert.Contains(t, other.follow(other.post(p.url+"/account/confirm", form)).body, "This link is not for this account")
	assert.Contains(t, other.follow(other.post(p.url+"/account/confirm", url.Values{"code": {""}})).body, "This link is not for this account")
	assert.Contains(t, b.get(p.url+"/account").body, "not confirmed yet")
	page := b.follow(b.post(p.url+"/account/confirm", form))
	assert.Contains(t, page.body, "Your e-mail address is confirmed.")
	assert.Contains(t, page.body, ">confirmed<")
	assert.Contains(t, b.follow(b.post(p.url+"/account/confirm", form)).body, "was used before")
	assert.Contains(t, b.follow(b.post(p.url+"/account/confirm", url.Values{"code": {""}})).body, "was used before")
	assert.Contains(t, other.get(p.url+"/account").body, "not confirmed yet")
}

func TestSettingsThatCannotWork(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		env  map[string]string
		args []string
		want string
	}{
		{"key without secret", map[string]string{"X_CONSUMER_KEY": "k"}, nil, "set both or neither"},
		{"secret without key", map[string]string{"X_CONSUMER_SECRET": "s3cr3t"}, nil, "set both or neither"},
		{"API URL without keys", map[string]string{"X_API_URL": "https://api.x.com"}, nil, "set all three"},
		{"API URL not https", map[string]string{"X_CONSUMER_KEY": "k", "X_CONSUMER_SECRET": "s3cr3t", "X_API_URL": "http://api.x.com"}, nil, "https"},
		{"base URL with a path", map[string]string{"BASE_URL": "https://app.example.com/x"}, nil, "BASE_URL must be"},
		{"base URL not https", map[string]string{"BASE_URL": "http://app.example.com"}, nil, "BASE_URL must begin"},
		{"sign-up neither open nor closed", map[string]string{"SIGN_UP": "no"}, nil, "SIGN_UP must be"},
		{"too few rounds", map[string]string{"PASSWORD_ROUNDS": "999"}, nil, "PASSWORD_ROUNDS must be"},
		{"rounds that are no number", map[string]string{"PASSWORD_ROUNDS": "many"}, nil, "PASSWORD_ROUNDS must be"},
		{"two at once, the first", map[string]string{"SIGN_UP": "no", "OAUTHREG_KEY": "s3cr3t!"}, nil, "SIGN_UP must be"},
		{"two at once, the second", map[string]string{"SIGN_UP": "no", "OAUTHREG_KEY": "s3cr3t!"}, nil, "OAUTHREG_KEY"},
		{"argument", nil, []string{"serve"}, "unexpected argument"},
		{"address", nil, []string{"-addr", "nowhere"}, "-addr"},
		{"database in no folder", nil, []string{"-addr", "127.0.0.1:0", "-db", filepath.Join("no", "such", "x.db")}, "-db"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := filepath.Join(t.TempDir(), "x.db")
			args := tt.args
			if args == nil {
				args = []string{"-addr", "127.0.0.1:0", "-db", db}
			}
			log := &lockedBuffer{}
			err := run(t.Context(), args, func(name string) string { return tt.env[name] }, log, log)
			require.Error(t, err)
			assert.Contains(t, err.Error(), tt.want)
			assert.NotContains(t, err.Error(), "s3cr3t")
			assert.NotContains(t, log.String(), "listening")
			assert.NoFileExists(t, db)
		})
	}
}
