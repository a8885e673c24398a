package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such file modes")
	}
	secret := provider.Token{Access: provider.NewSecret("71-made-up-access"), Secret: provider.NewSecret("made-up-secret")}
	for name, row := range map[string]struct {
		spoil func(t *testing.T, path string)
		want  string
	}{
		"readable by the group": {func(t *testing.T, path string) { require.NoError(t, os.Chmod(path, 0o640)) }, "others may read or change it (mode 0640)"},
		"readable by all":       {func(t *testing.T, path string) { require.NoError(t, os.Chmod(path, 0o604)) }, "others may read or change it"},
		"writable by all":       {func(t *testing.T, path string) { require.NoError(t, os.Chmod(path, 0o602)) }, "others may read or change it"},
		"a link": {func(t *testing.T, path string) {
			require.NoError(t, os.Rename(path, path+".other"))
			require.NoError(t, os.Symlink(path+".other", path))
		}, "not a regular file"},
		"a link to nothing": {func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Symlink(path+".nothing", path))
		}, "not a regular file"},
		"a directory": {func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Mkdir(path, 0o700))
		}, "not a regular file"},
		"empty":   {func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 0)) }, "not in the form this library writes"},
		"cut off": {func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 20)) }, "not in the form this library writes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, env, path := newX(t)
			require.NoError(t, os.Mkdir(filepath.Dir(path), 0o700))
			require.NoError(t, tokenFile(path).save(secret))
			row.spoil(t, path)
			for _, args := range [][]string{{"-file", path}, {"-file", path, "-forget"}} {
				out, err := start(t.Context(), t, env, args...).end()
				require.ErrorContains(t, err, row.want)
				assert.ErrorContains(t, err, "put it right, remove it, or give another -file")
				assert.NotContains(t, err.Error()+out, "made-up")
			}
		})
	}
}

// Saving goes beside what is there, and never through a link.
func TestSaveReplacesALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, target := filepath.Join(dir, "token"), filepath.Join(dir, "target")
	require.NoError(t, os.WriteFile(target, []byte("precious"), 0o644))
	if err := os.Symlink(target, path); err != nil {
		t.Skip("links cannot be made here: ", err)
	}
	want := provider.Token{Access: provider.NewSecret("a"), Secret: provider.NewSecret("b"), Subject: "71", Username: "ada"}
	require.NoError(t, tokenFile(path).save(want))
	kept, err := os.ReadFile(target)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(kept))
	assert.True(t, mode(t, path).IsRegular())
	tok, err := tokenFile(path).load()
	require.NoError(t, err)
	assert.Equal(t, want, tok)
}

// Where the file cannot be written, nothing half is left.
func TestSaveThatFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "token")
	require.NoError(t, os.Mkdir(path, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(path, "x"), nil, 0o600))
	require.Error(t, tokenFile(path).save(provider.Token{Access: provider.NewSecret("a")}))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}
