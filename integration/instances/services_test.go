package instances

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cluster is a PostgreSQL that the tests may stop.
type cluster struct {
	bin, dir, port string
	as             []string // what runs a command as somebody who is not root
}

var errNotInstalled = errors.New("not installed")

// newCluster makes and starts a cluster.
func newCluster() (*cluster, error) {
	c := &cluster{}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("initdb is %w", errNotInstalled)
	}
	c.bin = filepath.Dir(found[len(found)-1])
	var err error
	if c.dir, err = os.MkdirTemp("", "cluster"); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		// PostgreSQL refuses to be root.
		owner, err := user.Lookup("postgres")
		if err != nil {
			return c, fmt.Errorf("the user postgres: %w", errNotInstalled)
		}
		uid, _ := strconv.Atoi(owner.Uid)
		gid, _ := strconv.Atoi(owner.Gid)
		if err := os.Chown(c.dir, uid, gid); err != nil {
			return c, err
		}
		c.as = []string{"runuser", "-u", "postgres", "--"}
	}
	addr, err := freeAddr()
	if err != nil {
		return c, err
	}
	_, c.port, _ = net.SplitHostPort(addr)
	if err := c.run("initdb", "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"); err != nil {
		return c, err
	}
	return c, c.start()
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *cluster) start() error {
	return c.run("pg_ctl", "-D", c.data(), "-w", "-t", "60", "-l", filepath.Join(c.dir, "log"), "-o",
		"-p "+c.port+" -c listen_addresses=127.0.0.1 -c unix_socket_directories="+c.dir+" -c fsync=off", "start")
}

// stop ends the cluster: "fast" rolls back and closes, "immediate" is a crash.
func (c *cluster) stop(mode string) error {
	return c.run("pg_ctl", "-D", c.data(), "-w", "-t", "60", "-m", mode, "stop")
}

func (c *cluster) run(name string, args ...string) error {
	argv := append(slices.Clone(c.as), filepath.Join(c.bin, name))
	argv = append(argv, args...)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = c.dir
	// A file and not a pipe, which the server would keep open.
	out, err := os.OpenFile(filepath.Join(c.dir, "out"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
		return fmt.Errorf("%s: %w\n%s\n%s", name, err, text, log)
	}
	return nil
}

func (c *cluster) url(database string) string {
	return "postgres://postgres@127.0.0.1:" + c.port + "/" + database + "?sslmode=disable"
}

// remove ends the cluster for good.
func (c *cluster) remove() {
	if c != nil && c.dir != "" {
		_ = c.stop("immediate")
		_ = os.RemoveAll(c.dir)
	}
}

// newDatabase makes a database in the cluster. Each query of db has a connection
// of its own: one kept from before a stop would fail.
func newDatabase(t *testing.T, c *cluster) (dsn string, db *sql.DB) {
	t.Helper()
	admin, err := sql.Open("pgx", c.url("postgres"))
	require.NoError(t, err)
	defer admin.Close()
	name := "test_" + strings.ToLower(rand.Text())
	_, err = admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	db, err = sql.Open("pgx", c.url(name))
	require.NoError(t, err)
	db.SetMaxIdleConns(0)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return c.url(name), db
}

// redisServer is a Redis that the tests may stop. What it holds goes with it.
type redisServer struct {
	t    *testing.T
	addr string
	cmd  *exec.Cmd
}

func startRedis(t *testing.T) *redisServer {
	t.Helper()
	_, err := exec.LookPath("redis-server")
	need(t, err)
	addr, err := freeAddr()
	require.NoError(t, err)
	r := &redisServer{t: t, addr: addr}
	r.start()
	t.Cleanup(r.stop)
	return r
}

func (r *redisServer) start() {
	r.t.Helper()
	_, port, _ := net.SplitHostPort(r.addr)
	r.cmd = exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.t.TempDir())
	require.NoError(r.t, r.cmd.Start())
	client := redis.NewClient(&redis.Options{Addr: r.addr, MaxRetries: -1})
	defer client.Close()
	require.Eventually(r.t, func() bool { return client.Ping(context.WithoutCancel(r.t.Context())).Err() == nil }, 20*time.Second, 20*time.Millisecond)
}

func (r *redisServer) stop() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

// restart loses everything.
func (r *redisServer) restart() {
	r.t.Helper()
	r.stop()
	r.start()
}

// need skips the test where what it runs is not installed.
func need(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if errors.Is(err, errNotInstalled) || errors.Is(err, exec.ErrNotFound) {
		require.NotEqual(t, "1", os.Getenv("OAUTHREG_REQUIRE_SERVICES"), "%v", err)
		t.Skipf("this test runs PostgreSQL and Redis of its own: %v", err)
	}
	require.NoError(t, err)
}

// freeAddr is where nobody listens, for the next moment at least.
func freeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
