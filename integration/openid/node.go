package openid

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// startOIDCProvider runs the npm package oidc-provider.
func startOIDCProvider(t testing.TB, s settings) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "needs Node.js 20 or later, and npm: apt-get install nodejs npm")
	}
	modules, fault := nodeModules()
	if fault != nil {
		missing(t, "needs the npm package oidc-provider: %v", fault)
	}
	dir := filepath.Join(unpack(t), "oidcprovider")
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatalf("link the packages of npm: %v", err)
	}
	url, wrong := run(t, dir, s, node, "server.mjs")
	if wrong != "" {
		t.Fatalf("oidc-provider does not start: %s", wrong)
	}
	return url
}

// nodeModules returns the folder with the packages of package-lock.json, in the
// cache of the user. What is not there is installed only if [RequireEnv] is
// set: tests do not go to the network by themselves.
var nodeModules = sync.OnceValues(func() (string, error) {
	lock, err := testdata.ReadFile("testdata/oidcprovider/package-lock.json")
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(lock)
	dir := filepath.Join(cache, "oauthreg", "oidcprovider-"+hex.EncodeToString(sum[:6]))
	modules := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "oidc-provider")); err == nil {
		return modules, nil
	}
	if os.Getenv(RequireEnv) == "" {
		return "", fmt.Errorf("mkdir -p %s && cp integration/openid/testdata/oidcprovider/package*.json %[1]s && npm ci --prefix %[1]s", dir)
	}
	return modules, install(dir)
})

// install puts the packages into a folder beside dir first, so that a test
// that is interrupted leaves no half of them.
func install(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "npm-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	for _, name := range []string{"package.json", "package-lock.json"} {
		data, err := testdata.ReadFile("testdata/oidcprovider/" + name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(fresh, name), data, 0o600); err != nil {
			return err
		}
	}
	cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = fresh
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w: %s", err, out)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(fresh, dir)
}
