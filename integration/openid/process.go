package openid

import (
	"bufio"
	"embed"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

//go:embed testdata
var testdata embed.FS

// startTimeout is long: the interpreters may have to be read from a cold disk.
const startTimeout = 30 * time.Second

// missing skips t, or fails it if [RequireEnv] is set.
func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv(RequireEnv) != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// unpack writes the programs to a directory of the test, so that a test in
// another package finds them too.
func unpack(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, testdata); err != nil {
		t.Fatalf("copy the provider's program: %v", err)
	}
	return filepath.Join(dir, "testdata")
}

// run starts a program that prints "listening URL" and ends when its standard
// input does. It returns the URL, or what is wrong.
func run(t testing.TB, dir string, s settings, command ...string) (url, fault string) {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SETTINGS="+s.encode(t), "TMPDIR="+t.TempDir())
	complaints := &lockedBuffer{}
	cmd.Stderr = complaints
	cmd.WaitDelay = time.Second
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return "", err.Error()
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", err.Error()
	}
	if err := cmd.Start(); err != nil {
		return "", err.Error()
	}
	line := firstLine(stdout)
	url, found := strings.CutPrefix(line, "listening ")
	if !found {
		stop(cmd, lifeline)
		return "", "it printed " + strconv.Quote(line) + " and said: " + complaints.String()
	}
	t.Cleanup(func() {
		stop(cmd, lifeline)
		if t.Failed() && complaints.String() != "" {
			t.Logf("%s said: %s", strings.Join(command, " "), complaints)
		}
	})
	return url, ""
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
