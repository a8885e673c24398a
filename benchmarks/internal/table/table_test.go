package table_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/benchmarks/internal/table"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	one := table.Table{Head: []string{"store", "cost"}}
	one.Add("memory", "1 µs")
	var text, markdown strings.Builder
	one.Write(&text, false)
	one.Write(&markdown, true)
	assert.Equal(t, "store    cost\nmemory   1 µs\n", text.String())
	assert.Equal(t, "| store | cost |\n|---|---|\n| memory | 1 µs |\n", markdown.String())
}

func TestReplace(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "doc.md")
	require.NoError(t, os.WriteFile(file, []byte("# One\n\n<!-- scale -->\nold\n<!-- end of scale -->\n\nTwo\n"), 0o600))
	for range 2 { // what was replaced can be replaced again
		require.NoError(t, table.Replace(file, "scale", "new\n"))
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Regexp(t, `^# One\n\n<!-- scale -->\n\n\d+ \w+ \d{4}, go1.* processors\.\n\nnew\n\n<!-- end of scale -->\n\nTwo\n$`, string(text))
	}
	assert.ErrorContains(t, table.Replace(file, "latency", "new"), "<!-- latency -->")
	assert.ErrorIs(t, table.Replace(filepath.Join(t.TempDir(), "none.md"), "scale", ""), os.ErrNotExist)
}
