package twittertest_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter/twittertest"
)

// stateFileVar makes the test binary the program that gets killed.
const stateFileVar = "TWITTERTEST_STATE_FILE"

func TestMain(m *testing.M) {
	if file := os.Getenv(stateFileVar); file != "" {
		s, err := twittertest.New(twittertest.Config{StateFile: file})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(s.URL())
		select {}
	}
	os.Exit(m.Run())
}

// program is a server in a process of its own.
type program struct {
	cmd *exec.Cmd
	url string
}

func run(t *testing.T, file string) *program {
	t.Helper()
	p := &program{cmd: exec.CommandContext(t.Context(), os.Args[0])}
	p.cmd.Env = append(os.Environ(), stateFileVar+"="+file)
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(p.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	p.url = strings.TrimSpace(line)
	require.True(t, strings.HasPrefix(p.url, "http://127.0.0.1:"), p.url)
	return p
}

// kill is SIGKILL where there are signals.
func (p *program) kill() {
	_ = p.cmd.Process.Kill() // it may be dead already
	_ = p.cmd.Wait()         // reports the kill
}

func post(t *testing.T, o order) (int, string) {
	t.Helper()
	req, err := o.request(t.Context())
	require.NoError(t, err)
	// A connection kept from before a kill would fail the first request after it.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var b strings.Builder
	_, err = bufio.NewReader(resp.Body).WriteTo(&b)
	require.NoError(t, err)
	return resp.StatusCode, b.String()
}

func TestKilledProgramGoesOn(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.json")
	first := run(t, file)
	remote := start(t, twittertest.Config{}) // stands for its URL only
	at := func(o order) order { o.base = first.url; return o }

	status, body := post(t, at(requestTokenOrder(remote, "oob")))
	require.Equal(t, 200, status)
	c, _ := credentialsOf(t, body)
	replay := at(requestTokenOrder(remote, "oob"))
	replay.set = map[string]string{"oauth_nonce": "n", "oauth_timestamp": stamp(0)}
	status, _ = post(t, replay)
	require.Equal(t, 200, status)

	first.kill()
	second := run(t, file)
	assert.Equal(t, first.url, second.url, "the port is the same")

	status, _ = post(t, replay)
	assert.Equal(t, 401, status, "a used nonce stays used")

	// In the meantime the person had the page open.
	resp, err := http.PostForm(second.url+"/oauth/authorize", map[string][]string{
		"oauth_token": {c.token}, "person": {"9007199254740881"}, "decision": {"authorize"},
	})
	require.NoError(t, err)
	var page strings.Builder
	_, err = bufio.NewReader(resp.Body).WriteTo(&page)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	_, after, found := strings.Cut(page.String(), `id="pin">`)
	require.True(t, found, page.String())

	second.kill()
	third := run(t, file)
	status, body = post(t, at(accessTokenOrder(remote, c, after[:7])))
	require.Equal(t, 200, status, body)
	access, _ := credentialsOf(t, body)

	third.kill()
	run(t, file)
	status, _ = post(t, at(accessTokenOrder(remote, c, after[:7])))
	assert.Equal(t, 401, status, "an exchanged token stays exchanged")
	status, body = post(t, at(apiOrder(remote, "GET", "/2/users/me", access)))
	assert.Equal(t, 200, status)
	assert.Contains(t, body, "ada_quill")
}

func TestStateFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "state.json")
	s := start(t, twittertest.Config{StateFile: file})
	access := signUp(t, s, "9100000000000000019")

	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing is left beside it")

	// The port is taken: the first server still runs.
	other := start(t, twittertest.Config{StateFile: file})
	assert.NotEqual(t, s.URL(), other.URL())
	require.NoError(t, other.Close())

	// A port that is asked for wins over the one remembered.
	port := strings.TrimPrefix(other.URL(), "http://")
	asked := start(t, twittertest.Config{StateFile: file, Addr: port})
	assert.Equal(t, "http://"+port, asked.URL())
	resp, body, err := send(t.Context(), asked, apiOrder(asked, "GET", "/2/users/me", access))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Contains(t, body, "hanako_mori")
	require.NoError(t, asked.Close())

	// The person is gone.
	fewer := start(t, twittertest.Config{StateFile: file, People: []twittertest.Person{{ID: "1", ScreenName: "a"}}})
	resp, _, err = send(t.Context(), fewer, apiOrder(fewer, "GET", "/2/users/me", access))
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)

	require.NoError(t, os.RemoveAll(dir))
	resp, body, err = send(t.Context(), fewer, requestTokenOrder(fewer, callback))
	require.NoError(t, err)
	assert.Equal(t, http.StatusInternalServerError, resp.StatusCode, "what cannot be kept is not promised")
	assert.Contains(t, body, `"code":131`)
}

func TestStateFileThatIsNone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.json")
	const secret = "hunter2-hunter2"
	for name, content := range map[string]string{
		"not JSON": secret, "another shape": `{"nonces":"` + secret + `"}`, "null request token": `{"request_tokens":{"` + secret + `":null}}`,
		"null access token": `{"access_tokens":{"` + secret + `":null}}`,
		"null maps":         `{"request_tokens":null,"access_tokens":null,"nonces":null}`, "odd address": `{"listen":"0.0.0.0:1"}`,
	} {
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		s, err := twittertest.New(twittertest.Config{StateFile: file})
		if name == "odd address" {
			require.NoError(t, err)
			assert.Contains(t, s.URL(), "http://127.0.0.1:")
			newHandshake(t, s, callback)
			require.NoError(t, s.Close())
			continue
		}
		fault, ok := faultOf(err)
		require.True(t, ok, name)
		assert.Equal(t, "StateFile", fault.Field)
		assert.NotContains(t, err.Error(), secret)
	}
	for _, bad := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none", "state.json")} {
		_, err := twittertest.New(twittertest.Config{StateFile: bad})
		fault, ok := faultOf(err)
		require.True(t, ok)
		assert.Equal(t, "StateFile", fault.Field)
	}
}

func faultOf(err error) (*provider.ConfigError, bool) {
	for _, fault := range faultsOf(err) {
		return fault, true
	}
	return nil, false
}
