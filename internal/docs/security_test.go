package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testName is how SECURITY.md names a test: the folder of its package, and it.
var testName = regexp.MustCompile("`([a-z0-9]+(?:/[a-z0-9]+)*)\\.((?:Test|Fuzz|Example)[A-Za-z0-9_]*)`")

// reason begins the last cell of a row that no test can keep.
const reason = "No test: "

// TestEveryPromiseIsKept holds SECURITY.md to the tests it names: each exists in
// the package named, each row has one or says why not, and no rule is left out.
func TestEveryPromiseIsKept(t *testing.T) {
	t.Parallel()
	rows := tableRows(t, "SECURITY.md")
	first := map[string]bool{}
	named := 0
	for _, cells := range rows {
		row := strings.Join(cells, " | ")
		require.GreaterOrEqual(t, len(cells), 3, row)
		for _, cell := range cells {
			assert.NotEmpty(t, cell, row)
		}
		last := cells[len(cells)-1]
		found := testName.FindAllStringSubmatch(last, -1)
		named += len(found)
		if len(found) == 0 {
			assert.Greater(t, len(last), len(reason)+20, "%s: neither a test nor a reason", row)
			assert.True(t, strings.HasPrefix(last, reason), "%s: neither a test nor a reason", row)
		}
		if len(found) > 0 {
			assert.Equal(t, 2*len(found), strings.Count(last, "`"), "%s: something in it is no name of a test", row)
		}
		first[strings.Fields(cells[0])[0]] = true
	}
	require.Greater(t, named, 150)
	for i := range 28 {
		assert.True(t, first[fmt.Sprintf("R%d", i+1)], "rule R%d has no row", i+1)
	}
	for i := range 15 {
		assert.True(t, first[fmt.Sprintf("4.%d", i+1)], "section 4.%d of RFC 5849 has no row", i+1)
	}
}

func TestEveryTestThatSECURITYNamesExists(t *testing.T) {
	t.Parallel()
	packages := map[string]map[string]bool{}
	for _, m := range testName.FindAllStringSubmatch(read(t, "SECURITY.md"), -1) {
		dir, name := m[1], m[2]
		if packages[dir] == nil {
			packages[dir] = testsIn(t, dir)
		}
		assert.True(t, packages[dir][name], "SECURITY.md names %s, which is not in %s", name, dir)
	}
	require.NotEmpty(t, packages)
	assert.True(t, packages["oauthreg"]["TestSafeNext"])
	assert.False(t, packages["oauthreg"]["TestThatIsNotThere"])
}

// tableRows returns the cells of every row of every table, without heads.
func tableRows(t *testing.T, file string) (rows [][]string) {
	t.Helper()
	lines := strings.Split(read(t, file), "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|-") {
			continue
		}
		if i+1 < len(lines) && strings.HasPrefix(lines[i+1], "|-") {
			continue // a head
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		rows = append(rows, cells)
	}
	require.NotEmpty(t, rows)
	return rows
}

// testsIn returns the tests, fuzz targets and examples in a folder.
func testsIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	require.NoError(t, err)
	assert.NotEmpty(t, files, "%s has no tests", dir)
	names := map[string]bool{}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}
