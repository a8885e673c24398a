// Package redisbackend keeps the values of a sessionstore.Server in Redis:
//
//	backend, err := redisbackend.New(redisbackend.Config{
//		Client: redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379"}),
//	})
//
// It is a module of its own, so that apps without Redis do not compile its
// client. It needs Redis 6.2 or later, or Valkey, for GETDEL.
//
// # Which name for which need
//
//   - For one server, use redis.NewClient; for a cluster or Sentinel,
//     redis.NewUniversalClient: [Config] takes either.
//   - Give what [New] returns to sessionstore.NewServer, as
//     ServerConfig.Backend. It is no Store by itself: it knows nothing of
//     browsers.
//   - Where several apps share a database, give each a [Config].Prefix.
//
// # What Redis may forget
//
// A value that Redis drops before its time is not found; nobody gets another's.
// The person starts again, like one who came back too late.
//
//   - Memory: every value has an expiry, so each maxmemory-policy but noeviction
//     drops some of them when memory runs out (volatile-ttl those that end next),
//     and with them sign-ups that are under way. With noeviction each Put fails
//     instead. Give sign-ups an instance with room enough, and limit the rate of
//     what leads to a Put.
//   - Persistence is not needed. Without it a restart of Redis ends the sign-ups
//     that wait at this moment.
//   - Replication is asynchronous: a failover may lose the last writes, and it may
//     bring back what was taken in the moment before.
//   - Replicas lag. Let the client read from the primary: no ReadOnly,
//     RouteByLatency or RouteRandomly for a cluster, no ReplicaOnly for Sentinel.
//     Caches lag too: set no ClientSideCache.
//
// A cluster will do: each command has one key.
//
// # Timeouts
//
// The client looks at a context before a command and while it waits for a
// connection. While a command is under way it is bounded by the client's
// ReadTimeout and WriteTimeout, and by the deadline of the context only if the
// client's options have ContextTimeoutEnabled, which is worth setting.
//
// # Errors
//
// [New] returns a [*sessionstore.ConfigError]. A value that is not there is
// not found; an error says that Redis could not be asked, and wraps that of
// the client or the context. A value of more than 1 MiB is
// [sessionstore.ErrTooLarge].
//
// # Security
//
// Keys are hashes and values are sealed by [sessionstore.Server], with keys
// that Redis never sees: whoever reads it learns how long the values are.
// Whoever can write to it can remove values, and bring back old ones until
// they expire.
package redisbackend
