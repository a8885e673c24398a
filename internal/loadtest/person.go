package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// maxPeople bounds what the stand-in's page can show: two accounts for each.
const maxPeople = 2000

// selves is how many accounts at the provider a person has.
const selves = 2

// identityOf makes up account number n.
func identityOf(n int) identity {
	return identity{
		subject: fmt.Sprintf("91%09d", n), handle: fmt.Sprintf("person_%05d", n),
		name: fmt.Sprintf("Person Number%05d", n), email: fmt.Sprintf("person.%05d@example.com", n),
	}
}

// person comes again and again, with a browser of their own. What they do is
// drawn from rng; what they ought to see is in the ledger.
type person struct {
	world  *world
	rng    *rand.Rand
	b      *browser
	selves [selves]identity

	signedIn identity // in b, if anybody
	cutOff   bool     // an instance was killed during this visit

	mu   sync.Mutex
	open map[string]*ticket // of requests that may still be under way
}

func newPerson(w *world, n int) *person {
	p := &person{world: w, rng: rand.New(rand.NewPCG(w.settings.seed, uint64(n))), b: newBrowser(), open: map[string]*ticket{}}
	for i := range p.selves {
		p.selves[i] = w.people[n*selves+i]
	}
	return p
}

// live is visit after visit until ctx is done.
func (p *person) live(ctx context.Context) {
	for ctx.Err() == nil {
		p.visit(p.act)
	}
	// Everybody who was promised something comes back once more.
	for _, who := range p.selves {
		if p.world.ledger.standing(who) == known {
			p.visit(func() { p.comeOnce(who) })
		}
	}
}

// visit does one thing from its start to its end.
func (p *person) visit(do func()) {
	p.cutOff = false
	p.world.standIn.enter()
	do()
	p.settle()
	if err := p.world.standIn.leave(); err != nil {
		p.world.ledger.surprise(p.selves[0], "%v", err)
	}
}

func (p *person) chance(percent int) bool { return p.rng.IntN(100) < percent }

// act is what somebody does in one visit.
func (p *person) act() {
	who := p.selves[p.rng.IntN(selves)]
	switch n := p.rng.IntN(100); {
	case n < 8:
		p.deny(who)
	case n < 14:
		p.abandon(who)
	case n < 20:
		p.oneInTwoTabs(who)
	case n < 26:
		p.twoInTwoTabs()
	default:
		p.come(who)
	}
}

// come is the whole road of one identity.
func (p *person) come(who identity) {
	if !p.alone(who) {
		return
	}
	callback, ok := p.approve(who)
	if !ok {
		return
	}
	if p.chance(5) && !p.stealCallback(who, callback) {
		return
	}
	where, ok := p.comeBack(who, callback, pick(p, onceOnly, 60, twiceAtOnce, 15, lostAnswer, 15, reloaded))
	if !ok {
		return
	}
	if where == formPath && !p.register(who, pick(p, onceOnly, 60, twiceAtOnce, 15, lostAnswer, 15, reloaded)) {
		return
	}
	if p.seeAccount(who) {
		p.part(who, callback, where)
	}
}

// comeOnce is the road without detours, for the end.
func (p *person) comeOnce(who identity) {
	p.b = newBrowser()
	if callback, ok := p.approve(who); ok {
		if where, ok := p.comeBack(who, callback, onceOnly); ok && where == accountPath {
			p.seeAccount(who)
		}
	}
}

// way is how often, and how, a request is sent.
type way string

const (
	onceOnly    way = "once"
	twiceAtOnce way = "twice at once"
	lostAnswer  way = "answer lost"
	reloaded    way = "reloaded"
)

// pick draws a: percentA, b: percentB, c: percentC, and else d.
func pick(p *person, a way, percentA int, b way, percentB int, c way, percentC int, d way) way {
	switch n := p.rng.IntN(100); {
	case n < percentA:
		return a
	case n < percentA+percentB:
		return b
	case n < percentA+percentB+percentC:
		return c
	default:
		return d
	}
}

// fail reports an answer that nothing explains.
func (p *person) fail(who identity, action string, a answer) {
	if a.err != nil {
		p.world.tally.add(action, "FAILED")
		p.world.ledger.surprise(who, "%s: %v", action, a.err)
		return
	}
	p.world.tally.add(action, fmt.Sprintf("UNEXPECTED %d %s", a.status, a.location))
	p.world.ledger.surprise(who, "%s: answered %d, to %q, with %.200q", action, a.status, a.location, a.body)
}

// request sends one request to an instance, at random if to is nil.
func (p *person) request(ctx context.Context, b *browser, to *incarnation, method, target string, form url.Values) answer {
	if to == nil {
		to = p.anywhere()
	}
	number, t := p.world.tickets.issue()
	p.mu.Lock()
	p.open[number] = t
	p.mu.Unlock()
	a := b.do(ctx, to, number, method, target, form)
	p.world.requests.Add(1)
	if a.err == nil {
		p.settleOne(number, t)
	}
	return a
}

// insist sends a request until no kill cuts it off.
func (p *person) insist(b *browser, to *incarnation, method, target string, form url.Values) answer {
	var a answer
	for range 100 {
		if a = p.request(context.Background(), b, to, method, target, form); !a.cut {
			return a
		}
		p.cutOff, to = true, nil
		p.world.tally.add("request", "cut off by a kill")
		time.Sleep(10 * time.Millisecond) // the balancer's time to notice
	}
	return a
}

// anywhere draws an instance.
func (p *person) anywhere() *incarnation {
	return p.world.instances[p.rng.IntN(len(p.world.instances))].current.Load()
}

// settle waits until the app is done with everything this person has sent.
func (p *person) settle() {
	p.mu.Lock()
	open := p.open
	p.open = map[string]*ticket{}
	p.mu.Unlock()
	for number, t := range open {
		p.world.tickets.settle(number, t)
	}
}

func (p *person) settleOne(number string, t *ticket) {
	p.mu.Lock()
	delete(p.open, number)
	p.mu.Unlock()
	p.world.tickets.settle(number, t)
}

// isRedirect reports whether a leads to a place of the app's own.
func (a answer) isRedirect(to string) bool {
	return a.err == nil && a.status == http.StatusSeeOther && a.location == to
}
