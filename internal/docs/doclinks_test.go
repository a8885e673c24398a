package docs

import (
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheLinksInTheDocumentationLeadSomewhere reads the comments of the public
// packages as the page does. What is written like a link and is none stands
// there in brackets; one to a name that another package does not have leads to
// the top of its page.
func TestTheLinksInTheDocumentationLeadSomewhere(t *testing.T) {
	t.Parallel()
	pages := map[string]*doc.Package{}
	for _, p := range publicPackages(t) {
		pages[module+"/"+p.dir] = page(t, p.dir)
	}
	names := map[string]map[string]bool{}
	for path, p := range pages {
		names[path] = exportedNames(p)
	}
	links := 0
	for path, p := range pages {
		for where, text := range comments(p) {
			for _, block := range p.Parser().Parse(text).Content {
				each(block, func(part comment.Text) {
					switch part := part.(type) {
					case comment.Plain:
						assert.Empty(t, lookalike.FindString(string(part)), "%s: %s: no such name, so no link", path, where)
					case *comment.DocLink:
						links++
						name := strings.TrimPrefix(part.Recv+"."+part.Name, ".")
						if part.ImportPath == "" {
							assert.True(t, names[path][name], "%s: %s links to %s", path, where, name)
						} else if others := names[part.ImportPath]; others != nil && name != "" {
							assert.True(t, others[name], "%s: %s links to %s.%s", path, where, part.ImportPath, name)
						}
					}
				})
			}
		}
	}
	assert.Greater(t, links, 300)
}

const module = "github.com/oauthreg/go"

// lookalike is what would be a link, if there were such a name.
var lookalike = regexp.MustCompile(`\[\*?(?:[a-z][a-z0-9]*\.)?[A-Z]\w*(?:\.[A-Z]\w*)?\]`)

// page is the documentation of the package in dir.
func page(t *testing.T, dir string) *doc.Package {
	t.Helper()
	fset := token.NewFileSet()
	paths, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	require.NoError(t, err)
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, file)
	}
	p, err := doc.NewFromFiles(fset, files, module+"/"+dir)
	require.NoError(t, err)
	return p
}

// comments returns the comments of a page by whose they are.
func comments(p *doc.Package) map[string]string {
	all := map[string]string{"the package": p.Doc}
	values := func(list []*doc.Value) {
		for _, v := range list {
			all[v.Names[0]] = v.Doc
		}
	}
	funcs := func(prefix string, list []*doc.Func) {
		for _, f := range list {
			all[prefix+f.Name] = f.Doc
		}
	}
	values(p.Consts)
	values(p.Vars)
	funcs("", p.Funcs)
	for _, kind := range p.Types {
		all[kind.Name] = kind.Doc
		values(kind.Consts)
		values(kind.Vars)
		funcs("", kind.Funcs)
		funcs(kind.Name+".", kind.Methods)
	}
	return all
}

// exportedNames returns what links to a page may name.
func exportedNames(p *doc.Package) map[string]bool {
	names := map[string]bool{}
	values := func(list []*doc.Value) {
		for _, v := range list {
			for _, name := range v.Names {
				names[name] = true
			}
		}
	}
	values(p.Consts)
	values(p.Vars)
	for _, f := range p.Funcs {
		names[f.Name] = true
	}
	for _, kind := range p.Types {
		names[kind.Name] = true
		values(kind.Consts)
		values(kind.Vars)
		for _, f := range kind.Funcs {
			names[f.Name] = true
		}
		for _, f := range kind.Methods {
			names[kind.Name+"."+f.Name] = true
		}
		ast.Inspect(kind.Decl, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok {
				for _, name := range field.Names {
					names[kind.Name+"."+name.Name] = true
				}
			}
			return true
		})
	}
	return names
}

// each calls visit for every piece of text in a block.
func each(block comment.Block, visit func(comment.Text)) {
	var walk func(list []comment.Text)
	walk = func(list []comment.Text) {
		for _, part := range list {
			visit(part)
			if link, ok := part.(*comment.Link); ok {
				walk(link.Text)
			}
		}
	}
	switch b := block.(type) {
	case *comment.Paragraph:
		walk(b.Text)
	case *comment.Heading:
		walk(b.Text)
	case *comment.List:
		for _, item := range b.Items {
			for _, inner := range item.Content {
				each(inner, visit)
			}
		}
	}
}
