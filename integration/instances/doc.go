// Package instances runs two processes of examples/production side by side, as
// behind a load balancer, over a Redis and a PostgreSQL of its own, and takes
// these away at the worst moments.
package instances
