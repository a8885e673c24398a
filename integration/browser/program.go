package browser

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// startTimeout is how long the program may take until it listens.
const startTimeout = 30 * time.Second

// Build compiles examples/signup, of the module in folder examples, into folder
// dir, and returns the path of the program.
func Build(ctx context.Context, examples, dir string) (program string, err error) {
	program, err = filepath.Abs(filepath.Join(dir, "signup"))
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "./signup")
	cmd.Dir = examples
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("browser: the example does not build: %w\n%s", err, out)
	}
	return program, nil
}

// Program is examples/signup in a process of its own, with its stand-in for X.
// Its methods are not safe for concurrent use, except [Program.Log].
type Program struct {
	// URL is where it serves its pages. It stays the same over restarts.
	URL string

	path, addr, db string
	env            []string
	cmd            *exec.Cmd
	log            output
}

// StartProgram starts the program at path with its files in dir. The caller
// must [Program.Kill] it.
//
// By itself the program serves at 127.0.0.1, and so does its stand-in for X: to
// a browser they are one site. With ownSite it is at localhost, and X is
// another site to it, as it is in earnest.
func StartProgram(path, dir string, ownSite bool) (*Program, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	p := &Program{path: path, addr: addr, db: filepath.Join(dir, "x.db"), URL: "http://" + addr}
	if ownSite {
		p.URL = strings.Replace(p.URL, "127.0.0.1", "localhost", 1)
		p.env = []string{"BASE_URL=" + p.URL}
	}
	return p, p.Start()
}

// freeAddr chooses a port below those that systems give out by themselves:
// nobody else gets it between a kill and the next start.
func freeAddr() (string, error) {
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000)))
		if err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", errors.New("browser: no free port")
}

// settings are the environment variables that would change what the program is.
var settings = []string{
	"X_CONSUMER_KEY", "X_CONSUMER_SECRET", "X_API_URL", "BASE_URL", "OAUTHREG_KEY",
	"GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET",
}

// Start starts the program, again after a [Program.Kill], with the same flags
// as always, and returns when it listens.
func (p *Program) Start() error {
	cmd := exec.Command(p.path, "-addr", p.addr, "-db", p.db)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(settings, name)
	})
	cmd.Env = append(cmd.Env, p.env...)
	cmd.Stderr = &p.log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("browser: the example does not start: %w", err)
	}
	p.cmd = cmd
	tooLong := time.AfterFunc(startTimeout, func() { _ = cmd.Process.Kill() })
	defer tooLong.Stop()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "listening ") {
			go io.Copy(io.Discard, stdout)
			return nil
		}
	}
	p.Kill()
	return fmt.Errorf("browser: the example ended before it listened:\n%s", p.Log())
}

// Kill ends the program as a power cut would, if it runs.
func (p *Program) Kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill() // fails if it has ended by itself
	_ = p.cmd.Wait()         // "signal: killed"
	p.cmd = nil
}

// Log returns what the program has logged since its first start.
func (p *Program) Log() string { return p.log.String() }

// output is a buffer that is written to by a process and read at any time.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
