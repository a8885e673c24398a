package main

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/oauthreg/go/oauthreg"
)

const (
	startPath   = "/auth/" + providerName + "/start"
	formPath    = "/signup"
	accountPath = "/account"
)

// failurePath is where the app sends somebody who did not succeed.
func failurePath(o oauthreg.Outcome) string {
	return "/?error=" + string(o) + "&provider=" + providerName
}

// start begins a sign-up, and returns the page at the provider.
func (p *person) start(who identity) (authURL string, ok bool) {
	a := p.insist(p.b, nil, http.MethodPost, startPath, url.Values{"next": {""}})
	if a.err != nil || a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, "http://"+p.world.standIn.cfg.Addr+"/") {
		p.fail(who, "start", a)
		return "", false
	}
	p.world.latency.start.add(a.took)
	p.world.tally.add("start", "sent to the provider")
	if p.rng.IntN(pageEvery) == 0 {
		if err := p.world.standIn.look(context.Background(), a.location); err != nil {
			p.world.ledger.surprise(who, "%v", err)
			return "", false
		}
	}
	return a.location, true
}

// approve starts and approves, and returns the callback.
func (p *person) approve(who identity) (callback string, ok bool) {
	authURL, ok := p.start(who)
	if !ok {
		return "", false
	}
	callback, err := p.world.standIn.approve(context.Background(), authURL, who)
	return p.ownCallback(who, callback, err)
}

// ownCallback is callback without the origin, if it is the app's.
func (p *person) ownCallback(who identity, callback string, err error) (string, bool) {
	target, own := strings.CutPrefix(callback, origin)
	if err != nil || !own {
		p.world.ledger.surprise(who, "no callback of the app's: %v", err)
		return "", false
	}
	return target, true
}

// comeBack opens the callback in one of the ways, and returns whether it led to
// the form or to the account.
func (p *person) comeBack(who identity, callback string, how way) (where string, ok bool) {
	var answers []answer
	switch how {
	case twiceAtOnce:
		first, second := p.anywhere(), p.anywhere()
		if p.world.settings.sessions == inCookie {
			second = first // instances do not share an exchange then
		}
		answers = p.atOnce(http.MethodGet, callback, nil, first, second)
	case lostAnswer:
		at := p.anywhere()
		answers = append(answers, p.loseAnswer(at, http.MethodGet, callback, nil))
		if p.world.settings.sessions == inMemory {
			at = nil
		} else if at.dead.Load() {
			p.cutOff = true
		}
		answers = append(answers, p.insist(p.b, at, http.MethodGet, callback, nil))
	case onceOnly:
		answers = append(answers, p.insist(p.b, nil, http.MethodGet, callback, nil))
	case reloaded:
		answers = append(answers, p.insist(p.b, nil, http.MethodGet, callback, nil))
		answers = append(answers, p.insist(p.b, nil, http.MethodGet, callback, nil))
	}
	if allUnheard(answers) {
		p.cutOff = true
		answers = append(answers, p.insist(p.b, nil, http.MethodGet, callback, nil))
	}
	return p.arrived(who, "callback, "+string(how), answers)
}

func allUnheard(answers []answer) bool {
	for _, a := range answers {
		if !a.cut && !a.gaveUp {
			return false
		}
	}
	return true
}

// arrived judges the answers of one callback, which must all be the same.
func (p *person) arrived(who identity, action string, answers []answer) (where string, ok bool) {
	for _, a := range answers {
		switch {
		case a.cut || a.gaveUp:
			continue
		case a.isRedirect(formPath) && !p.world.ledger.stranger(who):
			p.world.tally.add(action, "NOT RECOGNISED")
			return "", false
		case p.cutOff && p.world.settings.sessions == inCookie && a.isRedirect(failurePath(oauthreg.Expired)):
			p.world.tally.add(action, "expired, after a kill")
			return "", false
		case !a.isRedirect(formPath) && !a.isRedirect(accountPath), where != "" && a.location != where:
			p.fail(who, action, a)
			return "", false
		}
		where = a.location
		if strings.HasSuffix(action, string(onceOnly)) && !p.cutOff {
			p.world.latency.arrival(where).add(a.took)
		}
	}
	p.world.tally.add(action, where)
	if where == formPath {
		return where, true
	}
	p.signedIn = who
	if !p.world.ledger.recognised(who) {
		p.seeAccount(who) // who is it?
		return "", false
	}
	return where, true
}

// readForm opens the form, and checks for whom it is.
func (p *person) readForm(who identity) (form url.Values, ok bool) {
	a := p.insist(p.b, nil, http.MethodGet, formPath, nil)
	if a.err != nil || a.status != http.StatusOK {
		p.fail(who, "form opened", a)
		return nil, false
	}
	form = a.inputs()
	ok = p.world.ledger.form(who, form.Get(oauthreg.FieldUsername), form.Get(oauthreg.FieldEmail))
	return form, ok
}

// register fills in the form and sends it in one of the ways.
func (p *person) register(who identity, how way) (ok bool) {
	form, ok := p.readForm(who)
	return ok && p.submit(who, form, how)
}

// submit sends the form. Of all answers one leads to the account, unless it was
// not heard; a form that comes after that one leads home.
func (p *person) submit(who identity, form url.Values, how way) (ok bool) {
	action := "form, " + string(how)
	var answers []answer
	switch how {
	case twiceAtOnce:
		answers = p.atOnce(http.MethodPost, formPath, form, p.anywhere(), p.anywhere())
	case lostAnswer:
		answers = append(answers, p.loseAnswer(p.anywhere(), http.MethodPost, formPath, form))
		if answers[0].gaveUp || answers[0].cut {
			answers = append(answers, p.request(context.Background(), p.b, nil, http.MethodPost, formPath, form))
		}
	case onceOnly:
		answers = append(answers, p.request(context.Background(), p.b, nil, http.MethodPost, formPath, form))
	case reloaded:
		answers = append(answers, p.request(context.Background(), p.b, nil, http.MethodPost, formPath, form))
		answers = append(answers, p.request(context.Background(), p.b, nil, http.MethodPost, formPath, form))
	}
	done, home, unheard := 0, 0, 0
	for _, a := range answers {
		switch {
		case a.cut, a.gaveUp:
			unheard++
		case a.isRedirect(accountPath):
			done++
			if how == onceOnly {
				p.world.latency.form.add(a.took)
			}
		case a.isRedirect("/"):
			home++
		default:
			p.fail(who, action, a)
			return false
		}
	}
	switch {
	case done > 0:
		p.world.tally.add(action, "registered")
		p.world.signUps.Add(1)
		p.world.ledger.told(who)
		p.signedIn = who
		return true
	case home > 0 && unheard > 0:
		// The sign-up is not waiting any more: so it was completed.
		p.world.tally.add(action, "done before, unheard")
		p.world.ledger.told(who)
	case unheard > 0:
		p.world.tally.add(action, "unheard")
		p.world.ledger.silence(who)
	default:
		p.fail(who, action, answers[0])
	}
	return false
}

// seeAccount opens the account page, and checks whose it is.
func (p *person) seeAccount(who identity) (ok bool) {
	_, ok = p.userShown(who)
	return ok
}

// userShown is seeAccount, and returns the user's ID.
func (p *person) userShown(who identity) (userID string, ok bool) {
	a := p.insist(p.b, nil, http.MethodGet, accountPath, nil)
	if a.err != nil || a.status != http.StatusOK {
		p.fail(who, "account", a)
		return "", false
	}
	shown := a.inputs()
	siblings, _ := strconv.Atoi(shown.Get("siblings")) // not a number is 0, and wrong
	if !p.world.ledger.seen(who, shown.Get("subject"), shown.Get("user"), siblings) {
		p.world.tally.add("account", "WRONG")
		p.b, p.signedIn = newBrowser(), identity{} // and touch nothing of theirs
		return "", false
	}
	p.world.tally.add("account", "shown")
	return shown.Get("user"), true
}

// atOnce sends the same request to two instances at the same time.
func (p *person) atOnce(method, target string, form url.Values, to ...*incarnation) []answer {
	answers := make([]answer, len(to))
	var wg sync.WaitGroup
	for i, incarnation := range to {
		wg.Go(func() { answers[i] = p.request(context.Background(), p.b, incarnation, method, target, form) })
	}
	wg.Wait()
	for _, a := range answers {
		if a.cut {
			p.cutOff = true
			p.world.tally.add("request", "cut off by a kill")
		}
	}
	return answers
}

// loseAnswer cancels the request while its answer is under way, unless the
// answer is quicker.
func (p *person) loseAnswer(to *incarnation, method, target string, form url.Values) answer {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	timer := time.AfterFunc(time.Duration(p.rng.Int64N(int64(p.world.hurry()))), cancel)
	defer timer.Stop()
	a := p.request(ctx, p.b, to, method, target, form)
	if a.cut {
		p.cutOff = true
	}
	return a
}
