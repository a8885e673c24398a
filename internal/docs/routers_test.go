package docs

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	beginPart = "// docs: begin "
	endPart   = "// docs: end"
)

// parts are what lies between "docs: begin NAME" and "docs: end" in the files of
// a folder, by name, without the indentation.
func parts(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	found := map[string]string{}
	for _, path := range files {
		name, indent, code := "", "", []string(nil)
		rel, err := filepath.Rel(root, path)
		require.NoError(t, err)
		for line := range strings.Lines(read(t, rel)) {
			trimmed := strings.TrimSpace(line)
			switch {
			case strings.HasPrefix(trimmed, beginPart):
				require.Empty(t, name, "%s: a part begins in another", rel)
				name, code = strings.TrimPrefix(trimmed, beginPart), nil
				indent, _, _ = strings.Cut(line, "/")
				require.NotContains(t, found, name, rel)
			case trimmed == endPart:
				require.NotEmpty(t, name, "%s: a part ends that has not begun", rel)
				require.NotEmpty(t, code, name)
				found[name], name = strings.TrimRight(strings.Join(code, ""), "\n")+"\n", "" // gofmt may want a blank line above the mark
			case name != "":
				code = append(code, strings.TrimPrefix(line, indent))
			}
		}
		require.Empty(t, name, "%s: a part does not end", rel)
	}
	return found
}

// goBlocks are the blocks of Go in a text.
func goBlocks(t *testing.T, text string) (blocks []string) {
	t.Helper()
	for _, rest := range strings.Split(text, "```go\n")[1:] {
		block, _, ok := strings.Cut(rest, "```")
		require.True(t, ok, "a block of Go does not end")
		blocks = append(blocks, block)
	}
	return blocks
}

// TestTheRoutersInTheDocsAreTheOnesThatAreTested: each block of Go is a part of
// the source that people are taken through, and no part is left out.
func TestTheRoutersInTheDocsAreTheOnesThatAreTested(t *testing.T) {
	t.Parallel()
	byName := parts(t, "integration/routers")
	blocks := goBlocks(t, read(t, "docs/adding-to-your-app.md"))
	require.NotEmpty(t, blocks)
	tested := map[string]bool{}
	for _, code := range byName {
		tested[code] = true
	}
	for _, block := range blocks {
		assert.True(t, tested[block], "docs/adding-to-your-app.md has code that is not between the marks of integration/routers:\n%s", block)
	}
	for name, code := range byName {
		assert.True(t, slices.Contains(blocks, code), "docs/adding-to-your-app.md does not have %q, or not as it is:\n%s", name, code)
	}
}

// TestTheREADMEMountsAsIsTested: what the README shows of a router is the part of
// that name.
func TestTheREADMEMountsAsIsTested(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	if !strings.Contains(readme, "docs/adding-to-your-app.md") {
		return // it shows no router
	}
	byName := parts(t, "integration/routers")
	for _, router := range []string{"net/http", "chi", "gin", "echo"} {
		require.NotEmpty(t, byName[router], router)
		assert.LessOrEqual(t, strings.Count(byName[router], "\n"), 8, router)
		assert.Contains(t, readme, "// "+router+"\n"+byName[router])
	}
}
