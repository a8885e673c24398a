package main

import (
	"database/sql"
	"encoding/json"
	"html"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter/twittertest"
)

// bounced is a browser behind a proxy with two instances, whose every answer
// must come from the other one.
type bounced struct {
	*browser
	last string
}

func (b *bounced) do(method, target string, form url.Values) answer {
	b.t.Helper()
	a := b.browser.do(method, target, form)
	this := a.header.Get("X-Instance")
	assert.Contains(b.t, []string{"1", "2"}, this)
	assert.NotEqual(b.t, b.last, this, "%s %s", method, target)
	b.last = this
	return a
}

func (b *bounced) get(target string) answer { b.t.Helper(); return b.do("GET", target, nil) }

func (b *bounced) post(target string, form url.Values) answer {
	b.t.Helper()
	return b.do("POST", target, form)
}

var returnPattern = regexp.MustCompile(`<a [^>]*href="(http[^"]*)"[^>]*>Return to`)

// decide does what a person does at the stand-in, and returns the callback.
func (b *bounced) decide(page, person, decision string) string {
	b.t.Helper()
	consent := inputs(b.browser.get(page).body)
	consent.Set("person", person)
	consent.Set("decision", decision)
	target, err := url.Parse(page)
	require.NoError(b.t, err)
	target.Path, target.RawQuery = "/oauth/authorize", ""
	a := b.browser.post(target.String(), consent)
	if decision != "authorize" {
		href := returnPattern.FindStringSubmatch(a.body)
		require.NotNil(b.t, href, a.body)
		return html.UnescapeString(href[1])
	}
	return a.location
}

func TestDemoBouncesPeopleBetweenInstancesAtEveryStep(t *testing.T) {
	t.Parallel()
	env := services(t)
	p := start(t, env, "-demo", "-addr", "127.0.0.1:0")
	b := &bounced{browser: newBrowser(t)}

	assert.Contains(t, b.get(p.url+"/").body, `action="/auth/twitter/start"`)
	a := b.post(p.url+"/auth/twitter/start", url.Values{})
	require.Equal(t, http.StatusSeeOther, a.status, a.body)
	callback := b.decide(a.location, ada, "authorize")
	require.True(t, strings.HasPrefix(callback, p.url+"/auth/twitter/callback?"), callback)
	require.Equal(t, p.url+"/signup", b.get(callback).location)
	require.Equal(t, p.url+"/signup", b.get(callback).location, "a reload, at the other instance")
	form := inputs(b.get(p.url + "/signup").body)
	assert.Equal(t, "ada_quill", form.Get("username"))
	assert.Equal(t, "ada.quill@example.com", form.Get("email"))

	broken := url.Values{"oauthreg_pending": form["oauthreg_pending"], "username": form["username"], "email": {"ada"}, "first_name": {"a\x00b"}}
	a = b.post(p.url+"/signup", broken)
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.body, "Please enter an e-mail address")
	assert.Contains(t, a.body, "Please enter a name of at most")

	require.Equal(t, p.url+"/account", b.post(p.url+"/signup", form).location)
	for range 2 {
		account := b.get(p.url + "/account").body
		for _, want := range []string{"@ada_quill", ada, "ada.quill@example.com", ">confirmed<", "instance " + b.last} {
			assert.Contains(t, account, want)
		}
	}
	assert.Equal(t, p.url+"/account", b.post(p.url+"/signup", form).location, "a second click")

	// Signing out is for every copy of the cookie.
	copied, err := url.Parse(p.url)
	require.NoError(t, err)
	cookies := b.client.Jar.Cookies(copied)
	require.Equal(t, p.url+"/", b.post(p.url+"/signout", url.Values{}).location)
	b.client.Jar.SetCookies(copied, cookies)
	assert.Equal(t, p.url+"/", b.get(p.url+"/account").location)

	// Whoever returns is recognised.
	back := &bounced{browser: newBrowser(t)}
	callback = back.decide(back.post(p.url+"/auth/twitter/start", url.Values{}).location, ada, "authorize")
	require.Equal(t, p.url+"/account", back.get(callback).location)
	assert.Contains(t, back.get(p.url+"/account").body, "@ada_quill")

	// Whoever declines is told, at the start.
	denied := &bounced{browser: newBrowser(t)}
	callback = denied.decide(denied.post(p.url+"/auth/twitter/start", url.Values{}).location, hanako, "cancel")
	a = denied.get(callback)
	assert.Contains(t, denied.get(a.location).body, "You cancelled at X")

	// A username of somebody else, in other letters.
	other := &bounced{browser: newBrowser(t)}
	callback = other.decide(other.post(p.url+"/auth/twitter/start", url.Values{}).location, hanako, "authorize")
	form = inputs(other.get(other.get(callback).location).body)
	form.Set("username", "ADA_quill")
	a = other.post(p.url+"/signup", form)
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.body, "Somebody else has this username")
	form.Set("username", "hanako")
	assert.Equal(t, p.url+"/account", other.post(p.url+"/signup", form).location)

	schemas, keys := demoLeftovers(t, env)
	assert.Len(t, schemas, 1)
	assert.NotEmpty(t, keys(schemas[0]))
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-p.end:
		assert.NoError(t, err)
		p.end <- nil
	case <-time.After(20 * time.Second):
		t.Fatal("SIGTERM does not stop it")
	}
	assert.Empty(t, keys(schemas[0]), "nothing stays")
	schemas, _ = demoLeftovers(t, env)
	assert.Empty(t, schemas, "nothing stays")
	assert.NotContains(t, p.log.String(), "oauth_token", "no token in the log")
	assert.NotContains(t, p.log.String(), "readyz")
	for line := range strings.Lines(p.log.String()) {
		var record struct{ Time, Level, Msg, Instance string }
		require.NoError(t, json.Unmarshal([]byte(line), &record), line)
		assert.Contains(t, []string{"1", "2", "proxy"}, record.Instance)
	}
}

// demoLeftovers returns the schemas that demos have made in the database of env,
// and what looks for the keys of one.
func demoLeftovers(t *testing.T, env map[string]string) (schemas []string, keys func(schema string) []string) {
	t.Helper()
	db, err := sql.Open("pgx", env["DATABASE_URL"])
	require.NoError(t, err)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'fieldnotes_demo_%'")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		schemas = append(schemas, name)
	}
	require.NoError(t, rows.Err())
	return schemas, func(schema string) []string {
		options, err := redis.ParseURL(env["REDIS_URL"])
		require.NoError(t, err)
		client := redis.NewClient(options)
		defer client.Close()
		found, err := client.Keys(t.Context(), schema+":*").Result()
		require.NoError(t, err)
		return found
	}
}

func TestInstancesEndWithTheDemo(t *testing.T) {
	t.Parallel()
	p := start(t, services(t), "-demo", "-addr", "127.0.0.1:0")
	var addrs []string
	require.Eventually(t, func() bool { // the log has a pipe of its own
		for line := range strings.Lines(p.log.String()) {
			var record struct{ Msg, Instances string }
			if json.Unmarshal([]byte(line), &record) == nil && record.Msg == "demo" {
				addrs = strings.Fields(record.Instances)
			}
		}
		return len(addrs) == 2
	}, 10*time.Second, 10*time.Millisecond, "%s", p.log)
	require.NoError(t, p.cmd.Process.Kill())
	for _, addr := range addrs {
		assert.Eventually(t, func() bool {
			conn, err := net.Dial("tcp", addr)
			if err == nil {
				_ = conn.Close()
			}
			return err != nil
		}, 20*time.Second, 50*time.Millisecond)
	}
}

func TestWithoutRedisItSaysSo(t *testing.T) {
	t.Parallel()
	env := services(t)
	env["REDIS_URL"] = "redis://" + freeAddr(t)
	fakeX(t, env)
	p, b := start(t, env), newBrowser(t)
	a := b.get(p.url + "/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Equal(t, "Redis does not answer\n", a.body)
	assert.Empty(t, a.header.Values("Set-Cookie"))
	a = b.get(p.url + "/healthz")
	assert.Equal(t, http.StatusOK, a.status)
	assert.Empty(t, a.header.Values("Set-Cookie"))
	assert.Equal(t, http.StatusOK, b.get(p.url+"/").status, "whoever is nobody yet needs no session")

	began := time.Now()
	a = b.post(p.url+"/auth/twitter/start", url.Values{})
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Contains(t, a.body, "We cannot reach our database right now. Nothing was lost; please try again in a minute.")
	assert.NotEmpty(t, a.header.Get("Retry-After"))
	assert.Less(t, time.Since(began), 10*time.Second)
}

func TestWithServicesItIsReady(t *testing.T) {
	t.Parallel()
	env := services(t)
	fakeX(t, env)
	p := start(t, env)
	a := newBrowser(t).get(p.url + "/readyz")
	assert.Equal(t, http.StatusOK, a.status)
	assert.Equal(t, "ok\n", a.body)
	assert.Empty(t, a.header.Values("Set-Cookie"))
	assert.Empty(t, a.header.Values("X-Instance"), "it was not given a name")
}

// X takes its time with the access token; SIGTERM comes meanwhile.
func TestARequestInFlightAtSIGTERMCompletes(t *testing.T) {
	t.Parallel()
	env := services(t)
	x := fakeX(t, env)
	p, b := start(t, env), newBrowser(t)
	a := b.post(p.url+"/auth/twitter/start", url.Values{})
	callback, err := x.Approve(t.Context(), a.location, ada)
	require.NoError(t, err)
	x.Fault(twittertest.AccessToken, twittertest.Fault{Delay: 2 * time.Second})
	var wg sync.WaitGroup
	wg.Go(func() {
		a, err := b.try("GET", callback, nil)
		if assert.NoError(t, err) {
			assert.Equal(t, p.url+"/signup", a.location)
		}
	})
	require.Eventually(t, func() bool { return x.Calls(twittertest.AccessToken) == 1 }, 10*time.Second, time.Millisecond)
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	began := time.Now()
	wg.Wait()
	assert.Greater(t, time.Since(began), time.Second, "it was in flight")
	select {
	case err := <-p.end:
		assert.NoError(t, err, p.log)
		p.end <- nil
	case <-time.After(20 * time.Second):
		t.Fatal("SIGTERM does not stop it")
	}

	// What the request kept is there for the next process.
	x.NoFault(twittertest.AccessToken)
	p = start(t, env)
	form := inputs(b.get(p.url + "/signup").body)
	assert.Equal(t, "ada_quill", form.Get("username"))
	assert.Equal(t, p.url+"/account", b.post(p.url+"/signup", form).location)
}

func TestTablesAreMadeOnceByAll(t *testing.T) {
	t.Parallel()
	env := services(t)
	cfg, err := readDatabaseURL(env["DATABASE_URL"])
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			db := openDB(cfg)
			defer db.Close()
			table, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.PostgreSQL})
			if assert.NoError(t, err) {
				assert.NoError(t, makeTables(t.Context(), db, table))
			}
		})
	}
	wg.Wait()
	db, err := sql.Open("pgx", env["DATABASE_URL"])
	require.NoError(t, err)
	defer db.Close()
	for _, table := range []string{"users", "oauthreg_accounts"} {
		var n int
		require.NoError(t, db.QueryRow("SELECT count(*) FROM "+table).Scan(&n))
		assert.Zero(t, n)
	}
}

func TestTokensAreSealedInTheDatabase(t *testing.T) {
	t.Parallel()
	env := services(t)
	x := fakeX(t, env)
	p, b := start(t, env), newBrowser(t)
	callback, err := x.Approve(t.Context(), b.post(p.url+"/auth/twitter/start", url.Values{}).location, ada)
	require.NoError(t, err)
	form := inputs(b.get(b.get(callback).location).body)
	require.Equal(t, p.url+"/account", b.post(p.url+"/signup", form).location)
	db, err := sql.Open("pgx", env["DATABASE_URL"])
	require.NoError(t, err)
	defer db.Close()
	var token []byte
	require.NoError(t, db.QueryRow("SELECT token FROM oauthreg_accounts").Scan(&token))
	assert.Contains(t, string(token), "oauthreg-sealed-v1:")
	// Access tokens of X begin with the user's ID and a hyphen.
	assert.NotContains(t, string(token), ada+"-")
}
