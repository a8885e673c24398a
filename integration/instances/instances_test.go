package instances

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

const (
	ada    = "9007199254740881"
	hanako = "9100000000000000019"

	away = "We cannot reach our database right now. Nothing was lost; please try again in a minute."
)

// atOnce sends the same request many times at once, to both instances in turn.
func atOnce(b *browser, n int, method, target string, form url.Values) []answer {
	answers := make([]answer, n)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			var err error
			answers[i], err = b.try(method, target, form)
			assert.NoError(b.t, err)
		})
	}
	wg.Wait()
	return answers
}

func TestManyCallbacksAndManyFormsAtOnceMakeOneUser(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	callback := b.approved(ada)
	w.x.Fault(twittertest.AccessToken, twittertest.Fault{Delay: 300 * time.Millisecond}) // so that all come meanwhile
	seen := map[string]int{}
	for _, a := range atOnce(b, 32, "GET", callback, nil) {
		assert.Equal(t, http.StatusSeeOther, a.status, a.body)
		assert.Equal(t, "/signup", a.location)
		seen[a.instance]++
	}
	assert.Equal(t, map[string]int{"1": 16, "2": 16}, seen)
	assert.Equal(t, 1, w.x.Calls(twittertest.AccessToken), "the verifier is traded once")

	form := inputs(b.get("/signup").body)
	require.Equal(t, "ada_quill", form.Get("username"))
	for _, a := range atOnce(b, 32, "POST", "/signup", form) {
		assert.Equal(t, http.StatusSeeOther, a.status, a.body)
		assert.Contains(t, []string{"/account", "/?gone=1"}, a.location)
	}
	assert.Equal(t, 1, w.count())
	for range 2 {
		assert.Contains(t, b.get("/account").body, "@ada_quill", "signed in, at both")
	}
	assert.NotContains(t, b.get("/?gone=1").body, "not there any more", "whoever is signed in is not told to start again")
	assert.Equal(t, 1, w.x.Calls(twittertest.AccessToken))
}

func TestRedisComesBackEmpty(t *testing.T) {
	w := newWorld(t)
	b := w.browser()

	callback := b.approved(ada)
	w.redis.restart()
	a := b.get(callback)
	require.Equal(t, http.StatusSeeOther, a.status, a.body)
	assert.Contains(t, b.get(a.location).body, "Please start again")
	assert.Zero(t, w.x.Calls(twittertest.AccessToken), "nothing is spent")

	form := b.formOf(ada)
	w.redis.restart()
	for _, a := range []answer{b.post("/signup", form), b.get("/signup"), b.post("/signup", form)} {
		require.Equal(t, http.StatusSeeOther, a.status, a.body)
		require.Equal(t, "/?gone=1", a.location)
	}
	home := b.get("/?gone=1").body
	assert.Contains(t, home, "Please start again")
	assert.Contains(t, home, `action="/auth/twitter/start"`)
	assert.Zero(t, w.count())

	require.Equal(t, "/account", b.post("/signup", b.formOf(ada)).location, "and it works, without a restart")
	require.Equal(t, 1, w.count())

	w.redis.restart()
	assert.Equal(t, "/", b.get("/account").location, "signed out")
	require.Equal(t, "/account", b.get(b.approved(ada)).location, "recognised")
	assert.Contains(t, b.get("/account").body, "@ada_quill")
	assert.Equal(t, 1, w.count())

	// Away, and not only empty.
	w.redis.stop()
	w.ready(http.StatusServiceUnavailable)
	began := time.Now()
	for _, a := range []answer{b.get("/account"), b.get("/signup"), b.post("/auth/twitter/start", url.Values{}), b.get(callback)} {
		assert.Equal(t, http.StatusServiceUnavailable, a.status)
		assert.Contains(t, a.body, away)
	}
	assert.Less(t, time.Since(began), 30*time.Second, "nobody hangs")
	w.redis.start()
	w.ready(http.StatusOK)
	require.Equal(t, "/account", b.get(b.approved(ada)).location)
}

func TestPostgreSQLIsAwayBetweenTheSteps(t *testing.T) {
	w := newWorld(t)
	b := w.browser()

	callback := b.approved(ada)
	w.stopDatabase("fast")
	w.ready(http.StatusServiceUnavailable)
	for range 3 {
		a := b.get(callback)
		assert.Equal(t, http.StatusServiceUnavailable, a.status)
		assert.Contains(t, a.body, away)
	}
	w.startDatabase()
	assert.Zero(t, w.count())
	require.Equal(t, "/signup", b.get(callback).location, "a reload goes on, at whichever instance")
	form := inputs(b.get("/signup").body)
	require.Equal(t, "ada_quill", form.Get("username"))

	w.stopDatabase("fast")
	for range 3 {
		a := b.post("/signup", form)
		assert.Equal(t, http.StatusServiceUnavailable, a.status)
		assert.Contains(t, a.body, away)
	}
	w.startDatabase()
	assert.Zero(t, w.count())
	require.Equal(t, "/account", b.post("/signup", form).location, "the same form")
	assert.Equal(t, 1, w.count())
	assert.Equal(t, 1, w.x.Calls(twittertest.AccessToken))

	// Somebody known, and somebody new.
	other := w.browser()
	returning := w.browser()
	callback, form = returning.approved(ada), other.formOf(hanako)
	w.stopDatabase("immediate")
	a := b.get("/account")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Contains(t, a.body, away)
	assert.Equal(t, http.StatusServiceUnavailable, other.post("/signup", form).status)
	assert.Equal(t, http.StatusServiceUnavailable, returning.get(callback).status)
	w.startDatabase()
	assert.Contains(t, b.get("/account").body, "@ada_quill", "what was committed is there, and so is the session")
	require.Equal(t, "/account", other.post("/signup", form).location)
	assert.Equal(t, 2, w.count())
	assert.Equal(t, "/account", returning.get(callback).location)
	assert.Contains(t, returning.get("/account").body, "@ada_quill")
}

func TestTheOtherInstanceFinishesAfterAKill(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	one, two := w.instances[0], w.instances[1]

	// While the person is at X.
	b.only = one
	callback := b.approved(ada)
	one.kill()
	b.only = two
	require.Equal(t, "/signup", b.get(callback).location)
	form := inputs(b.get("/signup").body)
	require.Equal(t, "ada_quill", form.Get("username"))

	// While the form is open.
	one.start()
	two.kill()
	b.only = one
	require.Equal(t, "/account", b.post("/signup", form).location)
	assert.Contains(t, b.get("/account").body, "@ada_quill")
	assert.Equal(t, 1, w.count())

	// While X is asked: whoever comes to the other one is told before long, and
	// can start again.
	two.start()
	other := w.browser()
	other.only = two
	callback = other.approved(hanako)
	w.x.Fault(twittertest.AccessToken, twittertest.Fault{Delay: 3 * time.Second, Times: 1})
	before := w.x.Calls(twittertest.AccessToken)
	lost := make(chan error, 1)
	go func() {
		_, err := other.try("GET", callback, nil)
		lost <- err
	}()
	require.Eventually(t, func() bool { return w.x.Calls(twittertest.AccessToken) > before }, 10*time.Second, time.Millisecond)
	two.kill()
	require.Error(t, <-lost)
	other.only = one
	require.Equal(t, "/account", other.post("/signup", other.formOf(hanako)).location)
	assert.Equal(t, 2, w.count())
}

// crowd is people with their browsers, each with the form open.
type crowd struct {
	t        *testing.T
	browsers []*browser
	forms    []url.Values
}

func newCrowd(w *world, people []twittertest.Person) *crowd {
	c := &crowd{t: w.t}
	for _, person := range people {
		b := w.browser()
		c.browsers = append(c.browsers, b)
		c.forms = append(c.forms, b.formOf(person.ID))
	}
	return c
}

// send posts all forms at once. each is called with every answer.
func (c *crowd) send(each func(answer)) {
	var wg sync.WaitGroup
	for i, b := range c.browsers {
		wg.Go(func() {
			a, err := b.try("POST", "/signup", c.forms[i])
			if assert.NoError(c.t, err) {
				each(a)
			}
		})
	}
	wg.Wait()
}

func TestPostgreSQLCrashesWhileManyRegister(t *testing.T) {
	var people []twittertest.Person
	for i := range 16 {
		people = append(people, twittertest.Person{
			ID: fmt.Sprint(7000 + i), ScreenName: fmt.Sprintf("person_%d", i), Name: fmt.Sprintf("Person %d", i),
			Email: fmt.Sprintf("person%d@example.com", i),
		})
	}
	w := newWorld(t, people...)
	crowd := newCrowd(w, people)
	ctx := t.Context()

	// All are in the middle of their transaction: the identity is written, the
	// user waits for a lock.
	lock, err := w.db.BeginTx(ctx, nil)
	require.NoError(t, err)
	_, err = lock.ExecContext(ctx, "LOCK TABLE users IN EXCLUSIVE MODE")
	require.NoError(t, err)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		crowd.send(func(a answer) {
			assert.Equal(t, http.StatusServiceUnavailable, a.status, a.location)
			assert.Contains(t, a.body, away)
		})
	}()
	require.Eventually(t, func() bool {
		var waiting int
		err := w.db.QueryRowContext(context.WithoutCancel(ctx), "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass").Scan(&waiting)
		return err == nil && waiting == len(people)
	}, 9*time.Second, 20*time.Millisecond)
	w.stopDatabase("immediate")
	<-sent
	_ = lock.Rollback()
	w.startDatabase()
	assert.Zero(t, w.count(), "nothing is half made")

	// Some are through, others are not.
	_, err = w.db.ExecContext(ctx, `CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN PERFORM pg_sleep(random() * 2); RETURN NEW; END $$;
		CREATE TRIGGER dawdle BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION dawdle()`)
	require.NoError(t, err)
	through := make(chan struct{}, len(people))
	sent = make(chan struct{})
	done := 0
	var mu sync.Mutex
	go func() {
		defer close(sent)
		crowd.send(func(a answer) {
			if a.status == http.StatusSeeOther {
				assert.Equal(t, "/account", a.location)
				mu.Lock()
				done++
				mu.Unlock()
				through <- struct{}{}
				return
			}
			assert.Equal(t, http.StatusServiceUnavailable, a.status, a.body)
			assert.Contains(t, a.body, away)
		})
	}()
	for range 3 {
		<-through
	}
	w.stopDatabase("immediate")
	<-sent
	w.startDatabase()
	users := w.count()
	assert.GreaterOrEqual(t, users, done, "who was told so is registered")
	t.Logf("%d of %d were told so before the crash, %d are registered", done, len(people), users)
	_, err = w.db.ExecContext(ctx, "DROP TRIGGER dawdle ON users")
	require.NoError(t, err)

	// Everybody sends the form again, as often as they like.
	for range 2 {
		crowd.send(func(a answer) {
			assert.Equal(t, http.StatusSeeOther, a.status, a.body)
			assert.Equal(t, "/account", a.location)
		})
	}
	assert.Equal(t, len(people), w.count())
	for i, b := range crowd.browsers {
		assert.True(t, strings.Contains(b.get("/account").body, "@"+people[i].ScreenName), people[i].ScreenName)
	}
	assert.Equal(t, len(people), w.x.Calls(twittertest.AccessToken))
}
