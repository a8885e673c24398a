// Package signup drives examples/signup, as a process, against OAuth servers
// that this project did not write, and kills it between all steps.
package signup

import (
	"bufio"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/engines"
)

func people() []engines.Person {
	email := "ana+x@example.com"
	return []engines.Person{
		{ID: "9100000000000000019", ScreenName: "ana_b", Name: "Ana B. O'Neill & Søn", Email: &email},
		{ID: "42", ScreenName: "hanako", Name: "森 花子"},
		{ID: "43", ScreenName: "samir", Name: "سمير نور الدين"},
	}
}

// program is the example's binary with its settings.
type program struct {
	t         *testing.T
	path, dir string
	env       []string
	addr, url string
	process   *exec.Cmd
}

func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "signup")
	cmd := exec.Command("go", "build", "-o", path, "./signup")
	cmd.Dir = filepath.Join("..", "..", "examples")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

// start runs the program; the first start picks a port, later ones keep it.
func (p *program) start() {
	p.t.Helper()
	p.process = exec.Command(p.path, "-addr", p.addr, "-db", filepath.Join(p.dir, "signup.db"))
	p.process.Env = append(os.Environ(), p.env...)
	log, err := os.OpenFile(filepath.Join(p.dir, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(p.t, err)
	defer log.Close()
	p.process.Stderr = log
	stdout, err := p.process.StdoutPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, p.process.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(p.t, err, p.log())
	p.url = strings.TrimSpace(strings.TrimPrefix(line, "listening "))
	p.addr = strings.TrimPrefix(p.url, "http://")
}

// kill leaves the program no time for anything.
func (p *program) kill() {
	_ = p.process.Process.Kill()
	_ = p.process.Wait()
}

func (p *program) log() string {
	data, _ := os.ReadFile(filepath.Join(p.dir, "log"))
	return string(data)
}

// browser keeps cookies and shows every redirect.
type browser struct {
	t      *testing.T
	client *http.Client
}

func newBrowser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	// A connection kept from before a kill would fail the first request after it.
	transport := &http.Transport{DisableKeepAlives: true}
	return &browser{t, &http.Client{Jar: jar, Transport: transport, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

func (b *browser) do(method, target string, form url.Values) (location, body string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, target, strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.client.Do(req)
	require.NoError(b.t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	if res.Header.Get("Location") != "" {
		u, err := res.Location()
		require.NoError(b.t, err)
		location = u.String()
	}
	return location, string(data)
}

var (
	inputPattern = regexp.MustCompile(`<input[^>]*?name="([^"]*)"[^>]*?value="([^"]*)"`)
	wordPattern  = regexp.MustCompile(`\S+`)
)

func fields(page string) url.Values {
	form := url.Values{}
	for _, m := range inputPattern.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return form
}

// with adds a parameter to a URL.
func with(t *testing.T, target, name, value string) string {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err)
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = query.Encode()
	return u.String()
}

// TestSignUpAgainstForeignServersWithAKillBetweenAllSteps takes people through
// the whole road. If the library signed anything wrongly, or lost anything
// with the process, somebody would not arrive.
func TestSignUpAgainstForeignServersWithAKillBetweenAllSteps(t *testing.T) {
	t.Parallel()
	path := build(t)
	for _, name := range engines.All() {
		for _, odd := range []bool{false, true} {
			title := name
			if odd {
				title += " with odd characters"
			}
			t.Run(title, func(t *testing.T) {
				t.Parallel()
				x := engines.Start(t, name, people(), odd)
				p := &program{t: t, path: path, dir: t.TempDir(), addr: "127.0.0.1:0", env: []string{
					"X_CONSUMER_KEY=" + x.ConsumerKey, "X_CONSUMER_SECRET=" + x.ConsumerSecret, "X_API_URL=" + x.URL,
				}}
				p.start()
				t.Cleanup(p.kill)
				again := func() { p.kill(); p.start() }

				for _, person := range people() {
					b := newBrowser(t)
					page, _ := b.do("POST", p.url+"/auth/twitter/start", url.Values{"next": {"/account?from=test"}})
					again()
					callback, _ := b.do("GET", with(t, page, "person", person.ID), nil)
					again()
					form, _ := b.do("GET", callback, nil)
					require.Equal(t, p.url+"/signup", form, p.log())
					again()
					_, body := b.do("GET", form, nil)
					values := fields(body)
					assert.Equal(t, person.ScreenName, values.Get("username"))
					names := strings.TrimSpace(values.Get("first_name") + " " + values.Get("last_name"))
					assert.Equal(t, wordPattern.FindAllString(person.Name, -1), wordPattern.FindAllString(names, -1))
					if person.Email == nil {
						assert.Empty(t, values.Get("email"))
						values.Set("email", person.ScreenName+"@example.net")
					} else {
						assert.Equal(t, *person.Email, values.Get("email"))
					}
					again()
					account, _ := b.do("POST", p.url+"/signup", values)
					require.Equal(t, p.url+"/account?from=test", account)
					again()
					_, body = b.do("GET", account, nil)
					assert.Contains(t, body, "@"+person.ScreenName)
					assert.Contains(t, body, person.ID)

					// Back at the old callback: the same end, without another exchange.
					end, _ := b.do("GET", callback, nil)
					assert.Equal(t, p.url+"/signup", end)

					// And as somebody who is known.
					b.do("POST", p.url+"/signout", url.Values{})
					page, _ = b.do("POST", p.url+"/auth/twitter/start", url.Values{})
					callback, _ = b.do("GET", with(t, page, "person", person.ID), nil)
					again()
					account, _ = b.do("GET", callback, nil)
					assert.Equal(t, p.url+"/account", account)
				}
				b := newBrowser(t)
				page, _ := b.do("POST", p.url+"/auth/twitter/start", url.Values{})
				callback, _ := b.do("GET", with(t, page, "deny", "1"), nil)
				home, _ := b.do("GET", callback, nil)
				_, body := b.do("GET", home, nil)
				assert.Contains(t, body, "You cancelled at X")
				stats := x.Stats()
				assert.Zero(t, stats.Refused, stats.Reasons)
				assert.Equal(t, 2*len(people()), stats.Requests["/oauth/access_token"])
			})
		}
	}
}
