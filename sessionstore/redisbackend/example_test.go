package redisbackend_test

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/redis/go-redis/v9"

	"github.com/oauthreg/go/sessionstore/redisbackend"
)

func ExampleNew() {
	// It connects when the first value is put.
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379", ContextTimeoutEnabled: true})
	defer func() { _ = client.Close() }()

	backend, err := redisbackend.New(redisbackend.Config{Client: client, Prefix: "app:sign-up:"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%T\n", backend)

	_, err = redisbackend.New(redisbackend.Config{})
	fmt.Println(err)
	// Output:
	// *redisbackend.Backend
	// sessionstore: Client: it is nil; make one with redis.NewClient or redis.NewUniversalClient
}

// The classic mistake is to take a Redis that does not answer for a value that
// is not there, and to tell people that they came too late. The error tells the
// two apart; package oauthreg answers it with "please try again".
func ExampleBackend_Get_mistake() {
	client := redis.NewClient(&redis.Options{
		MaxRetries: -1,
		Dialer: func(context.Context, string, string) (net.Conn, error) { // Redis is down
			return nil, errors.New("connection refused")
		},
	})
	defer func() { _ = client.Close() }()
	backend, err := redisbackend.New(redisbackend.Config{Client: client})
	if err != nil {
		fmt.Println(err)
		return
	}
	value, found, err := backend.Get(context.Background(), "QmFzZTY0IG9mIHRoZSBTSEEtMjU2IG9mIGEgc2VjcmV0")
	fmt.Printf("%q %v %v\n", value, found, err)
	// Output:
	// "" false redisbackend: get: connection refused
}
