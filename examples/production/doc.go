// Command production is a small, complete app that people register with through
// X (Twitter), as it runs behind a load balancer: several instances, users and
// accounts in PostgreSQL, sessions in Redis. It is meant to be copied.
//
//	go run ./examples/production -demo
//
// needs PostgreSQL and Redis on their usual ports, and leaves nothing there. It
// starts a stand-in for X, two instances of itself, and a proxy that hands each
// request to the next of them. The header X-Instance of an answer tells which one
// gave it.
//
// # What it shows
//
//   - A person may reach another instance with every request. Handshakes,
//     waiting sign-ups and who is signed in are in Redis (sessionstore.Server
//     over redisbackend), so that no instance has to remember anything.
//   - The user and their identity are made in one transaction: both or none.
//     Tokens are sealed before the database sees them.
//   - Signing out removes the session on the server. A copy of the cookie is
//     worth nothing afterwards.
//   - /healthz says that the process is alive, /readyz whether it can serve:
//     PostgreSQL and Redis answer, and it has not been told to stop.
//   - On SIGTERM /readyz fails at once, the load balancer has a moment to see
//     that, and then open requests are let finish.
//   - When PostgreSQL or Redis is away, people read a page that says so. What
//     was committed stays; the same form or reload works when they are back. No
//     restart is needed.
//   - Who starts again and again is asked to wait: limit.go counts addresses.
//
// # Settings
//
// Without -demo everything comes from the environment. All faults are reported
// at once, and nothing is written or listened on before.
//
//	DATABASE_URL       postgres://user:password@host:5432/name?sslmode=verify-full
//	REDIS_URL          rediss://user:password@host:6379/0
//	BASE_URL           what browsers see, such as https://app.example.com
//	OAUTHREG_KEY       32 random bytes in base64: openssl rand -base64 32
//	X_CONSUMER_KEY     the API key of your app at X
//	X_CONSUMER_SECRET  and its secret
//	X_API_URL          optional: another server than X, for tests
//	LISTEN_ADDR        optional: 127.0.0.1:8080
//	REDIS_PREFIX       optional: before every key in Redis, "fieldnotes:"
//	DRAIN_DELAY        optional: how long to serve after SIGTERM, "1s"
//	CLIENT_IP_HEADER   optional: where your proxy, and nobody else, names the client
//	INSTANCE           optional: the name in logs and in the header X-Instance
//
// With -demo only DATABASE_URL, REDIS_URL, DRAIN_DELAY and OAUTHREG_KEY are read.
// Their defaults are postgres://postgres@127.0.0.1:5432/test?sslmode=disable,
// redis://127.0.0.1:6379/0, that above, and a key that nobody keeps. The demo has
// a schema of its own in the database and a prefix of its own in Redis, and
// removes both when it ends.
//
// # What to change for your app
//
// users.go is your users: the table, what is required, what is unique. pages is
// what they see. In app.go, signIn and currentUser are where this library meets
// your app's own sessions; if it has a session manager already, they call that.
//
// # To deploy
//
//   - The proxy ends TLS, keeps the Host header, and asks /readyz. It needs no
//     sticky sessions. It should answer 404 itself for /healthz and /readyz from
//     outside. Register BASE_URL/auth/twitter/callback at X.
//   - All instances have the same BASE_URL, DATABASE_URL, REDIS_URL, REDIS_PREFIX
//     and OAUTHREG_KEY.
//   - DRAIN_DELAY is longer than the proxy takes to notice: its interval times
//     the failures that it waits for. What stops the process waits for
//     DRAIN_DELAY and 30 seconds more before it kills: set
//     terminationGracePeriodSeconds of Kubernetes accordingly.
//   - The tables are made by the first instance that starts; starting many at
//     once is safe. Later starts need no right to make tables.
//   - Redis needs no disk. If it comes back empty, people who were registering
//     start again, and everybody signs in again: X is asked who they are, and
//     they are recognised. Let it refuse to write when its memory is full
//     (maxmemory-policy noeviction), rather than sign somebody out.
//   - To change OAUTHREG_KEY while old and new processes run side by side:
//     deploy "OLD,NEW"; then "NEW,OLD"; run Reseal of tokenstore.Sealed until
//     it reports nothing changed; then deploy "NEW". At each step all that is
//     running can read what all others write.
//   - PgBouncer in transaction mode needs
//     default_query_exec_mode=exec in DATABASE_URL.
package main
