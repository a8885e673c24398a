// Package oauthreg registers people through a provider: it mounts the
// handshake, remembers who came back while they fill in the app's form, and
// links the provider's identity to the user that the app creates.
//
//	reg, err := oauthreg.New(oauthreg.Config{
//		BaseURL:   "https://app.example.com/auth",
//		Flows:     map[string]provider.Flow{"twitter": x},
//		Sessions:  sessions, // package sessionstore
//		Accounts:  accounts, // package tokenstore
//		SignUpURL: "/signup",
//		SignIn:    signIn,
//		Logger:    slog.Default(), // says what to mend; without it nothing does
//	})
//	mux.Handle("/auth/", reg.Handler())
//
// # The road of a sign-up
//
//  1. POST /auth/twitter/start: the flow prepares an attempt, the browser is
//     sent to the provider. (GET shows a page with a button: a link must not be
//     enough to start.)
//  2. The person approves or declines there.
//  3. GET /auth/twitter/callback: the attempt of this browser is found and used
//     up, the access token asked for, once.
//  4. Somebody known is signed in. Somebody new becomes a [Pending] sign-up and
//     is sent to the app's form at SignUpURL.
//  5. The form's handler reads [Registrar.Pending], fills the form with
//     [Pending.Prefill], and asks for what is [Pending.Missing]. When the app
//     has created its user, [Registrar.Complete] links, signs in, and forgets.
//
// # Which name for which need
//
//   - To mount everything, use [Registrar.Handler]; on a router with rules of
//     its own, [Registrar.Start] and [Registrar.Callback]. What to register at
//     the provider is [Registrar.CallbackURL].
//   - In the form, use [Registrar.Pending], [Pending.Prefill] and
//     [Pending.Missing]; for "not now", [Registrar.Cancel].
//   - When the form is posted, call [Registrar.Complete]. With
//     [Pending.Account] the app links inside the transaction that makes its
//     user.
//   - On the page that people come back to when it did not work, show
//     [Registrar.Notice], or words of your own for [Registrar.Failure].
//   - Where a user has to say yes first ([EmailInUse]), [Registrar.Confirm] is a
//     page, and [Registrar.ConnectPending] is what a page of your own calls.
//   - For pages and words of your own, set [Config.Pages] and [Config.Message];
//     [Messages] has every text. For endpoints that speak JSON, use
//     [Pending.View] and [Registrar.WriteProblem].
//   - Later: [Registrar.Client] to call the provider, [Registrar.Disconnect]
//     to remove an identity, [Registrar.Forget] when somebody signs out.
//   - To count, trace or answer otherwise, set [Config.Observer] and
//     [Config.OnOutcome].
//
// # Connecting another identity
//
// A user who is signed in ([Config.CurrentUser]) may connect further identities:
// the start's form carries the field "intent" with the value [IntentConnect].
// The identity becomes theirs, unless it is somebody else's; it signs them in
// from then on. A user who does not succeed is back at [Config.ConnectFailureURL].
//
// # The life of an account
//
// An e-mail address is no identity. Somebody unknown who comes with a user's
// address is asked to sign in as that user ([Config.UserByEmail], [EmailInUse],
// [Registrar.ConnectPending]). [Registrar.Disconnect] removes an identity,
// unless it is the last way in. [Registrar.Client] calls the provider later, with
// the stored token, refreshed by one process at a time. The app has a say in
// who registers and what is connected ([Config.AllowSignUp],
// [Config.AllowConnect]), and how often somebody may start ([Config.Limit]).
//
// # Several instances
//
// Any instance answers any request. With sessions in a backend that all of them
// see ([sessionstore.Server]), callbacks of one attempt that reach several of them
// at once share one exchange; with cookies the provider refuses the second.
//
// # Outcomes
//
// Every way a callback can end is an [Outcome]. Each has a safe default, and
// [Config.OnOutcome] can do something else.
//
// # Pages and JSON
//
// Starts and failures have small pages without script, which [Config.Pages]
// replaces. A request that prefers application/json in its Accept header gets the
// same answers as JSON, failures as problem details (RFC 9457); docs/json.md has
// every member. A start is a POST of the app's own pages in either form.
//
// # Errors
//
// [New] returns every fault of its Config at once, as [*provider.ConfigError]
// values. People meet an [Outcome], and never the text of an error. The
// methods that an app calls have a few errors to branch on with [errors.Is]:
// [ErrNoPending] (send the person to the start), [ErrSignInFirst],
// [ErrLastWayIn], [ErrNoAccount], [tokenstore.ErrTaken] and
// [tokenstore.ErrNotFound]. Any other is of a store, a Flow or one of the
// app's functions: answer it with "please try again". Errors hold no secret
// and are for logs.
//
// # Security
//
// What waits in a browser is bound to it by a random value in a cookie of this
// package, without which the session store is not even asked, and by what the
// store does itself. A token of another browser, another provider, or none is
// turned away before any call to the provider. An attempt is used once. Answers
// are not cached, leak no referrer, and redirect with 303 to URLs without
// parameters of the handshake. Nothing that a person or a provider wrote is
// reflected: failures are told by codes from a closed set.
package oauthreg
