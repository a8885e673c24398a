package instances

import (
	"bufio"
	"bytes"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/twitter/twittertest"
)

// Made by TestMain.
var (
	binary     string
	postgresql *cluster
	clusterErr error
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "instances")
	if err == nil {
		binary = filepath.Join(dir, "production.exe")
		build := exec.Command("go", "build", "-o", binary, "./production")
		build.Dir = filepath.Join("..", "..", "examples")
		var out []byte
		if out, err = build.CombinedOutput(); err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	postgresql, clusterErr = newCluster()
	code := m.Run()
	postgresql.remove()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// site is what the browser sees. Nobody listens there: the browser of these
// tests goes to one of the instances in its place, as a load balancer does.
const site = "http://127.0.0.1:8080"

// world is two instances and what they need. Tests with one do not run in
// parallel: all share the cluster.
type world struct {
	t         *testing.T
	x         *twittertest.Server
	redis     *redisServer
	db        *sql.DB
	instances [2]*instance
	browsers  atomic.Int64
}

func newWorld(t *testing.T, people ...twittertest.Person) *world {
	t.Helper()
	need(t, clusterErr)
	w := &world{t: t, redis: startRedis(t)}
	var err error
	w.x, err = twittertest.New(twittertest.Config{CallbackURLs: []string{site + "/auth/twitter/callback"}, People: people})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.x.Close() })
	dsn, db := newDatabase(t, postgresql)
	w.db = db
	key := seal.NewKey()
	for i := range w.instances {
		w.instances[i] = &instance{t: t, addr: "127.0.0.1:0", env: append(os.Environ(),
			"DATABASE_URL="+dsn, "REDIS_URL=redis://"+w.redis.addr, "BASE_URL="+site, "OAUTHREG_KEY="+key, "DRAIN_DELAY=0s",
			"X_CONSUMER_KEY="+twittertest.ConsumerKey, "X_CONSUMER_SECRET="+twittertest.ConsumerSecret, "X_API_URL="+w.x.URL(),
			fmt.Sprintf("INSTANCE=%d", i+1),
		)}
	}
	var wg sync.WaitGroup // both make the tables
	for _, i := range w.instances {
		wg.Go(i.start)
	}
	wg.Wait()
	t.Cleanup(func() {
		for _, i := range w.instances {
			i.kill()
			if t.Failed() {
				t.Logf("log of an instance:\n%s", i.log.String())
			}
			assert.NotContains(t, i.log.String(), "oauth_verifier")
		}
	})
	return w
}

// stopDatabase ends the cluster, for all.
func (w *world) stopDatabase(mode string) {
	w.t.Helper()
	require.NoError(w.t, postgresql.stop(mode))
}

// startDatabase starts it again, and waits until the instances have noticed
// without being restarted.
func (w *world) startDatabase() {
	w.t.Helper()
	require.NoError(w.t, postgresql.start())
	w.ready(http.StatusOK)
}

// ready waits until both instances answer /readyz with status.
func (w *world) ready(status int) {
	w.t.Helper()
	for _, i := range w.instances {
		var last int
		require.Eventually(w.t, func() bool {
			last = 0
			if res, err := http.Get("http://" + i.addr + "/readyz"); err == nil {
				_ = res.Body.Close()
				last = res.StatusCode
			}
			return last == status
		}, 20*time.Second, 50*time.Millisecond, "/readyz is %d", last)
	}
}

// count returns how many users and identities there are. Every user must have
// one identity, and every identity its user.
func (w *world) count() (users int) {
	w.t.Helper()
	var identities, whole int
	require.NoError(w.t, w.db.QueryRowContext(w.t.Context(), `SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM oauthreg_accounts),
		(SELECT count(*) FROM users JOIN oauthreg_accounts ON user_id = id)`).Scan(&users, &identities, &whole))
	assert.Equal(w.t, users, identities, "users and identities")
	assert.Equal(w.t, users, whole, "users with their identity")
	return users
}

// instance is a process of examples/production.
type instance struct {
	t    *testing.T
	addr string
	env  []string
	cmd  *exec.Cmd
	log  lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs the instance; the first start picks a port, later ones keep it.
func (i *instance) start() {
	i.cmd = exec.Command(binary)
	i.cmd.Env = append(i.env[:len(i.env):len(i.env)], "LISTEN_ADDR="+i.addr)
	i.cmd.Stderr = &i.log
	stdout, err := i.cmd.StdoutPipe()
	if !assert.NoError(i.t, err) || !assert.NoError(i.t, i.cmd.Start()) {
		return
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	assert.NoError(i.t, err, "%s", &i.log)
	i.addr = strings.TrimPrefix(strings.TrimSpace(line), "listening http://")
}

// kill leaves the instance no time for anything.
func (i *instance) kill() {
	if i.cmd.Process != nil && i.cmd.ProcessState == nil {
		_ = i.cmd.Process.Kill()
		_ = i.cmd.Wait()
	}
}
