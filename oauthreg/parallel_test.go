package oauthreg_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// Many people at once, each with their own provider, "next" and form: nobody
// gets anything of anybody else's (CVE-2022-39263).
func TestManyPeopleAtOnceStayApart(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				name, flow := "fake", a.flow
				if i%2 == 1 {
					name, flow = "other", a.other
				}
				person := provider.Profile{ID: fmt.Sprint(1000 + i), Username: fmt.Sprint("user", i)}
				next := fmt.Sprint("/page/", i)
				b := a.browser()
				for round := range 2 { // the second time they are known
					p := b.post("/auth/"+name+"/start", url.Values{"next": {next}})
					p = b.get("/auth/" + name + "/callback?" + flow.approve(p.location, person))
					if round == 0 {
						assert.Equal(t, "/signup", p.location)
						pending := b.get("/signup")
						assert.Contains(t, pending.body, person.ID)
						assert.Contains(t, pending.body, next)
						p = b.post("/signup", nil)
					}
					assert.Equal(t, http.StatusSeeOther, p.status)
					assert.Equal(t, next, p.location)
				}
			})
		}
		wg.Wait()
		assert.Equal(t, 64, a.userCount())
		assert.Equal(t, calls{64, 64, 32}, a.flow.count())
		assert.Equal(t, calls{64, 64, 32}, a.other.count())
		for _, account := range a.signIns {
			assert.Equal(t, account.Provider == "other", (account.Subject[len(account.Subject)-1]-'0')%2 == 1)
		}
	})
}

// Several tabs of one browser start at the same moment.
func TestTabsThatStartAtOnceAllFinish(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		a.start(b, "") // the store knows the browser
		const tabs = 8
		callbacks, jars := make([]string, tabs), make([]*browser, tabs)
		var wg sync.WaitGroup
		for i := range tabs {
			jars[i] = b.clone()
			wg.Go(func() {
				p := jars[i].post("/auth/fake/start", nil)
				callbacks[i] = "/auth/fake/callback?" + a.flow.approve(p.location, ada)
			})
		}
		wg.Wait()
		for _, tab := range jars { // one browser has the cookies of all answers
			for _, c := range tab.jar {
				if b.cookie(c.name) == "" {
					b.jar = append(b.jar, c)
				}
			}
		}
		for _, callback := range callbacks {
			assert.Equal(t, "/signup", b.get(callback).location)
			assert.Equal(t, oauthreg.NewUser, a.last().Outcome)
		}
	})
}
