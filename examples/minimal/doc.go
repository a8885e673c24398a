// Command minimal is the shortest whole program that people sign up to with X.
// It keeps everything in memory and asks no questions; examples/signup is the
// one to copy for an app. Run it with X_CONSUMER_KEY and X_CONSUMER_SECRET set.
package main
