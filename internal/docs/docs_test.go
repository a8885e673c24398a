// Package docs holds the documentation to what the repository contains.
package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
)

const root = "../.."

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(data)
}

func TestTheProgramInTheREADMEIsTheOneThatIsTested(t *testing.T) {
	t.Parallel()
	program := read(t, "examples/minimal/main.go")
	assert.Contains(t, read(t, "README.md"), "```go\n"+program+"```")
	assert.LessOrEqual(t, strings.Count(program, "\n"), 40)
}

func TestTheREADMENamesItsTwoCommands(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	first := strings.Index(readme, "```\ngo run ./examples/signup\n```")
	second := strings.Index(readme, "```\ngo test work\n```")
	assert.Positive(t, first)
	assert.Greater(t, second, first)
	assert.Less(t, strings.Count(readme, "\n"), 250)
}

func TestTheREADMENamesEveryOutcome(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	for _, o := range []oauthreg.Outcome{
		oauthreg.NewUser, oauthreg.Returning, oauthreg.Linked, oauthreg.AlreadyLinked, oauthreg.AccountInUse, oauthreg.SignInFirst, oauthreg.Replayed, oauthreg.Denied, oauthreg.NotStarted, oauthreg.Mismatch,
		oauthreg.Expired, oauthreg.Malformed, oauthreg.CrossOrigin, oauthreg.UnknownProvider, oauthreg.RateLimited,
		oauthreg.Unavailable, oauthreg.Misconfigured, oauthreg.AccountUnusable, oauthreg.Barred, oauthreg.Internal,
	} {
		assert.Contains(t, readme, "`"+string(o)+"`")
	}
}

var linkPattern = regexp.MustCompile(`\]\(([^)#]+)\)`)

func TestLocalLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, file := range markdown(t) {
		text := fencePattern.ReplaceAllString(read(t, file), "") // code has brackets of its own
		for _, m := range linkPattern.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			_, err := os.Stat(filepath.Join(root, filepath.Dir(file), m[1]))
			assert.NoError(t, err, "%s links to %s", file, m[1])
		}
	}
}

func markdown(t *testing.T) (files []string) {
	t.Helper()
	walk(t, func(path string) {
		if strings.HasSuffix(path, ".md") {
			files = append(files, path)
		}
	})
	require.NotEmpty(t, files)
	return files
}

// walk calls visit for every file below the root, outside hidden folders.
func walk(t *testing.T, visit func(path string)) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if !d.IsDir() {
			visit(path)
		}
		return nil
	}))
}

// TestEveryExportedNameIsDocumented covers types, functions, methods, constants,
// variables and struct fields. staticcheck asks for the form of a comment, not
// for its presence.
func TestEveryExportedNameIsDocumented(t *testing.T) {
	t.Parallel()
	var files []string
	walk(t, func(path string) {
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			files = append(files, path)
		}
	})
	packages := map[string]bool{}
	fset := token.NewFileSet()
	for _, path := range files {
		file, err := parser.ParseFile(fset, filepath.Join(root, path), nil, parser.ParseComments)
		require.NoError(t, err)
		dir := filepath.Dir(path)
		packages[dir] = packages[dir] || file.Doc.Text() != ""
		if file.Name.Name == "main" {
			continue
		}
		for _, name := range undocumented(file) {
			t.Errorf("%s: %s has no doc comment", path, name)
		}
	}
	for dir, documented := range packages {
		assert.True(t, documented, "package %s has no doc comment", dir)
	}
}

// undocumented returns the exported names of file without a comment.
func undocumented(file *ast.File) (names []string) {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && exportedReceiver(d) && d.Doc.Text() == "" {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() {
						if d.Doc.Text() == "" && s.Doc.Text() == "" {
							names = append(names, s.Name.Name)
						}
						names = append(names, undocumentedFields(s)...)
					}
				case *ast.ValueSpec:
					for _, name := range s.Names {
						if name.IsExported() && d.Doc.Text() == "" && s.Doc.Text() == "" && s.Comment.Text() == "" {
							names = append(names, name.Name)
						}
					}
				}
			}
		}
	}
	return names
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	kind := d.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	name, ok := kind.(*ast.Ident)
	return !ok || name.IsExported()
}

// undocumentedFields allows one comment for fields that stand together.
func undocumentedFields(s *ast.TypeSpec) (names []string) {
	var list *ast.FieldList
	switch kind := s.Type.(type) {
	case *ast.StructType:
		list = kind.Fields
	case *ast.InterfaceType:
		list = kind.Methods
	default:
		return nil
	}
	for i, field := range list.List {
		documented := field.Doc.Text() != "" || field.Comment.Text() != ""
		together := i > 0 && list.List[i-1].End()+80 > field.Pos()
		if documented || together {
			continue
		}
		for _, name := range field.Names {
			if name.IsExported() {
				names = append(names, s.Name.Name+"."+name.Name)
			}
		}
	}
	return names
}

// TestNoTraceOfTheMachine keeps paths and half-done work out of what is shipped.
func TestNoTraceOfTheMachine(t *testing.T) {
	t.Parallel()
	unwanted := regexp.MustCompile(`(^|[^A-Za-z0-9_.-])/(home|root|work|Users)/|` + "TO" + `DO|FIX` + `ME`)
	text := []string{".go", ".md", ".html", ".css", ".sh", ".py", ".rb", ".pl", ".php", ".yml"}
	walk(t, func(path string) {
		if !slices.Contains(text, filepath.Ext(path)) {
			return
		}
		if found := unwanted.FindString(read(t, path)); found != "" {
			t.Errorf("%s contains %q", path, found)
		}
	})
}
