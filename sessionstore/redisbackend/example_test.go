package redisbackend_test

import (
	"fmt"

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
