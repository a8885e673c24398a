package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// notPublic are the folders whose packages nobody imports.
var notPublic = []string{"benchmarks", "examples", "integration", "internal", "tools"}

// sections are the headings that every doc.go has, beside a program in a code
// block: which function for which need, errors, security.
var sections = []string{"# Which name for which need", "# Errors", "# Security"}

func TestEveryPublicPackageHasItsDocumentationInDocGo(t *testing.T) {
	t.Parallel()
	for _, p := range publicPackages(t) {
		for path, file := range p.files {
			if filepath.Base(path) != "doc.go" {
				assert.Empty(t, file.Doc.Text(), "%s: the package comment is in doc.go", path)
			}
		}
		doc := p.files[filepath.Join(root, p.dir, "doc.go")]
		if !assert.NotNil(t, doc, "%s has no doc.go", p.dir) {
			continue
		}
		text := doc.Doc.Text()
		assert.True(t, strings.HasPrefix(text, "Package "+doc.Name.Name+" "), "%s/doc.go does not begin with the package's name", p.dir)
		first, _, _ := strings.Cut(text, "\n\n")
		assert.NotContains(t, first, "[", "%s/doc.go: lists of packages show the first sentence as it is, and no links", p.dir)
		assert.Contains(t, text, "\n\t", "%s/doc.go has no program", p.dir)
		at := 0
		for _, heading := range sections {
			i := strings.Index(text, "\n"+heading+"\n")
			assert.Greater(t, i, at, "%s/doc.go: %q is missing, or not in the order of the others", p.dir, heading)
			at = max(i, at)
		}
	}
}

func TestThePublicPackagesAreFound(t *testing.T) {
	t.Parallel()
	var dirs []string
	for _, p := range publicPackages(t) {
		dirs = append(dirs, p.dir)
	}
	for _, dir := range []string{"oauthreg", "oauthreg/otelreg", "provider/oidcflow", "tokenstore/tokentest", "usernames"} {
		assert.Contains(t, dirs, dir)
	}
	assert.NotContains(t, dirs, "internal/oauth1sign")
	assert.GreaterOrEqual(t, len(dirs), 18)
}

// pkg is a package that an app can import.
type pkg struct {
	dir   string
	files map[string]*ast.File // by path, without tests
	tests map[string]*ast.File
}

func publicPackages(t *testing.T) (all []pkg) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || path == "." {
			return err
		}
		if slices.Contains(notPublic, path) || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" {
			return fs.SkipDir
		}
		if p := parsePackage(t, path); len(p.files) > 0 && !p.isProgram() {
			all = append(all, p)
		}
		return nil
	}))
	return all
}

func (p pkg) isProgram() bool {
	for _, file := range p.files {
		return file.Name.Name == "main"
	}
	return false
}

func parsePackage(t *testing.T, dir string) pkg {
	t.Helper()
	p := pkg{dir: dir, files: map[string]*ast.File{}, tests: map[string]*ast.File{}}
	paths, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	require.NoError(t, err)
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		require.NoError(t, err)
		if strings.HasSuffix(path, "_test.go") {
			p.tests[path] = file
		} else {
			p.files[path] = file
		}
	}
	return p
}
