package main

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDemo runs the built program without keys on a terminal, as somebody would
// who tries it out: the stand-in's page is clicked over the network, the second
// run asks nothing, and Ctrl-C stops it.
func TestDemo(t *testing.T) {
	t.Parallel()
	script, err := exec.LookPath("script")
	switch {
	case runtime.GOOS != "linux":
		t.Skip("script, which makes a terminal, has other flags on this system")
	case err != nil && os.Getenv("OAUTHREG_REQUIRE_SERVICES") == "1":
		t.Fatal("script is not installed; install bsdutils or util-linux")
	case err != nil:
		t.Skip("script, which makes a terminal, is not installed; install bsdutils or util-linux")
	}
	binary := filepath.Join(t.TempDir(), "pin")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	home := t.TempDir()
	process := func() (in io.WriteCloser, out *bufio.Reader, wait func() error) {
		cmd := exec.CommandContext(t.Context(), script, "-qec", "'"+binary+"'", "/dev/null")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TERM=dumb"}
		cmd.WaitDelay = 10 * time.Second
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		pipe, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		return in, bufio.NewReader(pipe), cmd.Wait
	}

	// Ctrl-C, which the terminal makes a signal of.
	in, output, wait := process()
	readUntil(t, output, "PIN: ")
	_, err = io.WriteString(in, "\x03")
	require.NoError(t, err)
	rest, err := io.ReadAll(output)
	require.NoError(t, err)
	assert.Contains(t, string(rest), "pin: stopped")
	var exit *exec.ExitError
	require.ErrorAs(t, wait(), &exit)
	assert.Equal(t, 130, exit.ExitCode())

	in, output, wait = process()
	text := readUntil(t, output, "PIN: ")
	assert.Contains(t, text, "Demo: no X keys are set")
	_, err = io.WriteString(in, "1234\n")
	require.NoError(t, err)
	assert.Contains(t, readUntil(t, output, "PIN: "), "That link cannot be used any more", "it was not approved")
	_, err = io.WriteString(in, "\n")
	require.NoError(t, err)
	assert.Contains(t, readUntil(t, output, "PIN: "), "Sorry, the PIN is empty.")
	require.NoError(t, in.Close())
	_, _ = io.Copy(io.Discard, output)
	require.Error(t, wait(), "the end of the input")

	in, output, wait = process()
	_, err = io.WriteString(in, click(t, linkPattern.FindString(readUntil(t, output, "PIN: ")))+"\n")
	require.NoError(t, err)
	rest, err = io.ReadAll(output)
	require.NoError(t, err)
	assert.Contains(t, string(rest), `Hello, "Ada Quill" ("@ada_quill")!`)
	require.NoError(t, wait())
	assert.Equal(t, os.FileMode(0o600), mode(t, filepath.Join(home, ".config", "oauthreg-pin", "token.json.demo")))

	_, output, wait = process()
	rest, err = io.ReadAll(output)
	require.NoError(t, err)
	assert.Contains(t, string(rest), "Hello, ")
	assert.NotContains(t, string(rest), "PIN: ")
	require.NoError(t, wait())
}

func readUntil(t *testing.T, r *bufio.Reader, text string) string {
	t.Helper()
	var b strings.Builder
	for !strings.HasSuffix(b.String(), text) {
		c, err := r.ReadByte()
		require.NoError(t, err, b.String())
		b.WriteByte(c)
	}
	return b.String()
}

// click approves at the stand-in as a browser does, and returns the PIN.
func click(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	require.NoError(t, err)
	res, err := http.PostForm("http://"+u.Host+"/oauth/authorize", url.Values{
		"oauth_token": {u.Query().Get("oauth_token")}, "person": {"9007199254740881"}, "decision": {"authorize"},
	})
	require.NoError(t, err)
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	m := regexp.MustCompile(`id="pin">([0-9]+)<`).FindSubmatch(page)
	require.NotNil(t, m, "%s", page)
	return string(m[1])
}
