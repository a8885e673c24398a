// Package engines runs OAuth 1.0a providers that speak X's endpoints and leave
// all of the OAuth to libraries this project did not write: they, not we,
// decide whether a signature is right. README.md says which they are.
package engines

import (
	"bufio"
	"embed"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

//go:embed testdata
var testdata embed.FS

// RequireEnv names the environment variable that, if not empty, makes a
// missing engine a failure instead of a skipped test.
const RequireEnv = "OAUTHREG_REQUIRE_SERVICES"

// startTimeout is long: the interpreters may have to be read from a cold disk.
const startTimeout = 30 * time.Second

// Person is somebody with an account at an engine.
type Person struct {
	// ID is a decimal number of up to 63 bits. The engines send it as a number
	// and as a string.
	ID string `json:"id"`

	// ScreenName is the handle, Name the display name.
	ScreenName string `json:"screen_name"`
	Name       string `json:"name"`

	// Email is null for those who have none.
	Email *string `json:"email"`
}

// Engine is a provider that runs in a process of its own until the test ends.
type Engine struct {
	// Name is one of [All].
	Name string

	// URL is its scheme and host, on loopback: what twitter.Config wants as
	// BaseURL.
	URL string

	// ConsumerKey and ConsumerSecret are the only app's that it knows.
	ConsumerKey, ConsumerSecret string

	program program
	t       testing.TB
}

// Stats is what an engine counted since its start.
type Stats struct {
	// Requests counts by path.
	Requests map[string]int `json:"requests"`

	// Refused counts requests that the engine's library, or its host's checks
	// of nonce, time, token and verifier, did not accept.
	Refused int `json:"refused"`

	// Reasons says why, in the engine's words, one for each refusal.
	Reasons []string `json:"reasons"`
}

// Start runs the engine called name with people as its accounts, and ends it
// with t. With odd set, all that the engine issues, and the app's secret, have
// characters in them that must be percent-encoded.
//
// If the interpreter or its library is not installed, t is skipped; it fails
// if [RequireEnv] is set.
func Start(t testing.TB, name string, people []Person, odd bool) *Engine {
	t.Helper()
	all := catalogue()
	i := slices.IndexFunc(all, func(p program) bool { return p.name == name })
	if i < 0 {
		t.Fatalf("there is no engine %q, only %s", name, strings.Join(All(), ", "))
	}
	e := &Engine{
		Name: name, ConsumerKey: "xvz1evFS4wEEPTGEFPHBog", ConsumerSecret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
		program: all[i], t: t,
	}
	if odd {
		e.ConsumerSecret = `kAcSOqF21Fu85e7z+/=&% ~"éjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw`
	}
	dir := e.unpack(people)
	for _, interpreter := range e.program.interpreters {
		path, err := exec.LookPath(interpreter)
		if err != nil {
			continue
		}
		fault := e.run(path, dir, odd)
		if fault == "" {
			return e
		}
		// Only now is it worth the time to ask whether its library is there.
		if exec.Command(path, e.program.probe...).Run() == nil {
			t.Fatalf("%s does not start: %s", name, fault)
		}
	}
	complain := t.Skipf
	if os.Getenv(RequireEnv) != "" {
		complain = t.Fatalf
	}
	complain("needs the Debian package %s: apt-get install %[1]s", e.program.packages)
	return nil
}

// unpack writes the programs and their list of people to a directory of the
// test, so that a test in another package finds them too.
func (e *Engine) unpack(people []Person) (dir string) {
	e.t.Helper()
	dir = e.t.TempDir()
	if err := os.CopyFS(dir, testdata); err != nil {
		e.t.Fatalf("copy the engine's program: %v", err)
	}
	list, err := json.Marshal(people)
	if err != nil {
		e.t.Fatalf("encode people: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "people.json"), list, 0o600); err != nil {
		e.t.Fatalf("write people: %v", err)
	}
	return dir
}

// run starts the program and waits until it listens, or says why it does not.
func (e *Engine) run(interpreter, dir string, odd bool) (fault string) {
	e.t.Helper()
	cmd := exec.Command(interpreter, e.program.arguments...)
	cmd.Dir = filepath.Join(dir, "testdata")
	cmd.Env = append(os.Environ(),
		"CONSUMER_KEY="+e.ConsumerKey, "CONSUMER_SECRET="+e.ConsumerSecret, "PEOPLE="+filepath.Join(dir, "people.json"),
		// The program ends when its standard input does, so that it cannot
		// outlive a test binary that crashed.
		"LIFELINE=1", "ODD=", "TMPDIR="+dir,
	)
	if odd {
		cmd.Env = append(cmd.Env, "ODD=1")
	}
	complaints := &lockedBuffer{}
	cmd.Stderr = complaints
	cmd.WaitDelay = time.Second
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return err.Error()
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err.Error()
	}
	if err := cmd.Start(); err != nil {
		return err.Error()
	}
	line := firstLine(stdout)
	url, found := strings.CutPrefix(line, "listening ")
	if !found {
		stop(cmd, lifeline)
		return "it printed " + strconv.Quote(line) + " and said: " + complaints.String()
	}
	e.URL = url
	e.t.Cleanup(func() {
		stop(cmd, lifeline)
		if e.t.Failed() && complaints.String() != "" {
			e.t.Logf("%s said: %s", e.Name, complaints)
		}
	})
	return ""
}

// firstLine returns the first line of r, or what was there of it when it ended
// or when startTimeout was over.
func firstLine(r io.Reader) string {
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(r).ReadString('\n') // an error shows as a line without URL
		line <- strings.TrimSpace(text)
	}()
	select {
	case text := <-line:
		return text
	case <-time.After(startTimeout):
		return "nothing in time"
	}
}

// stop ends this one process: by its lifeline, which lets it clean up, or by
// force.
func stop(cmd *exec.Cmd, lifeline io.Closer) {
	force := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
	defer force.Stop()
	_ = lifeline.Close() // already closed if the process is gone
	_ = cmd.Wait()       // how it ended says nothing about the test
}

// Stats asks the engine what it counted. It is safe for concurrent use.
func (e *Engine) Stats() Stats {
	e.t.Helper()
	client := &http.Client{Timeout: 10 * time.Second}
	resp, err := client.Get(e.URL + "/_stats")
	if err != nil {
		e.t.Fatalf("stats of %s: %v", e.Name, err)
	}
	defer func() { _ = resp.Body.Close() }()
	var s Stats
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		e.t.Fatalf("stats of %s: %v", e.Name, err)
	}
	return s
}

// lockedBuffer collects what the process writes while the test runs.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
