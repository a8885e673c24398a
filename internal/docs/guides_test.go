package docs

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Above every Go block of docs/*.md stands where its code is compiled and run,
//
//	<!-- example: FILE -->             the whole file
//	<!-- example: FILE#NAME,NAME -->   declarations: a function, Type.Method, a type, a variable;
//	                                   "import" is the file's beginning
//
// or why it is not:
//
//	<!-- fragment: REASON -->
const (
	exampleMark  = "<!-- example: "
	fragmentMark = "<!-- fragment: "
)

// elsewhere are pages whose code is compared by a test of their own.
var elsewhere = map[string]string{
	"adding-to-your-app.md": "TestTheRoutersInTheDocsAreTheOnesThatAreTested",
}

// update writes the code into the pages:
//
//	go test ./internal/docs -run TestTheCodeInTheGuides -update
var update = flag.Bool("update", false, "write the code of the examples into docs/*.md")

func TestTheCodeInTheGuidesIsTheOneThatIsTested(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, path := range pages {
		if own := elsewhere[filepath.Base(path)]; own != "" {
			assert.True(t, testsIn(t, "internal/docs")[own], "%s: there is no %s", path, own)
			continue
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		right, faults := withExamples(string(text))
		for _, fault := range faults {
			t.Errorf("%s: %s", filepath.Base(path), fault)
		}
		if *update && right != string(text) {
			require.NoError(t, os.WriteFile(path, []byte(right), 0o644))
			continue
		}
		assert.True(t, right == string(text), "%s: the code has changed; run go test ./internal/docs -run TestTheCodeInTheGuides -update", filepath.Base(path))
	}
}

// TestTheCheckOfTheGuidesHasTeeth: a block without a mark, a mark that leads
// nowhere and a fragment without a reason are faults, and other code is seen.
func TestTheCheckOfTheGuidesHasTeeth(t *testing.T) {
	t.Parallel()
	const block = "```go\nfunc x() {}\n```\n"
	for _, row := range []struct{ name, page, fault string }{
		{"no mark", block, "line 1: a Go block without a mark"},
		{"no such file", exampleMark + "nowhere.go -->\n" + block, "line 2: open"},
		{"no such name", exampleMark + "internal/docs/guides_test.go#nobody -->\n" + block, "line 2: there is no nobody in"},
		{"no reason", fragmentMark + "goth -->\n" + block, "line 2: a fragment needs a reason"},
	} {
		_, faults := withExamples(row.page)
		require.Len(t, faults, 1, row.name)
		assert.Contains(t, faults[0], row.fault, row.name)
	}
	right, faults := withExamples(exampleMark + "internal/docs/guides_test.go#import,elsewhere -->\n" + block)
	require.Empty(t, faults)
	assert.Contains(t, right, "```go\npackage docs\n\nimport (\n\t\"flag\"\n")
	assert.Contains(t, right, "require\"\n)\n\n// elsewhere are pages")
	right, faults = withExamples(exampleMark + "internal/docs/guides_test.go#TestTheCheckOfTheGuidesHasTeeth -->\n" + block)
	require.Empty(t, faults)
	assert.NotContains(t, right, "func x() {}\n```")
}

// TestTheDiagramsCanBeDrawn knows what has broken one: Mermaid takes ";" for
// the end of a line, and an arrow between names that are nobody's for new ones.
func TestTheDiagramsCanBeDrawn(t *testing.T) {
	t.Parallel()
	message := regexp.MustCompile(`^ +(\w+)-?->>(\w+): [^;#]+$`)
	other := regexp.MustCompile(`^ +(participant (\w+)( as [^;#]+)?|Note over \w+(,\w+)?: [^;#]+|alt [^;#]+|else [^;#]+|end)$`)
	blocks := strings.Split(read(t, "docs/how-it-works.md"), "```mermaid\n")[1:]
	require.GreaterOrEqual(t, len(blocks), 8)
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "\n```")
		lines := strings.Split(block, "\n")
		require.Equal(t, "sequenceDiagram", lines[0])
		known := map[string]bool{}
		for _, line := range lines[1:] {
			if m := message.FindStringSubmatch(line); m != nil {
				assert.True(t, known[m[1]] && known[m[2]], "no such participant: %s", line)
				continue
			}
			m := other.FindStringSubmatch(line)
			if assert.NotNil(t, m, line) && m[2] != "" {
				known[m[2]] = true
			}
		}
	}
}

// withExamples returns page with the code that its marks name, and what is
// wrong with the marks.
func withExamples(page string) (right string, faults []string) {
	lines := strings.Split(page, "\n")
	var out []string
	for i := 0; i < len(lines); i++ {
		out = append(out, lines[i])
		if strings.TrimSpace(lines[i]) != "```go" {
			continue
		}
		end := i + 1
		for end < len(lines) && strings.TrimSpace(lines[end]) != "```" {
			end++
		}
		code, err := marked(lines, i)
		if err != nil {
			faults = append(faults, fmt.Sprintf("line %d: %v", i+1, err))
		}
		if code == nil {
			code = lines[i+1 : end]
		}
		out = append(out, code...)
		i = end - 1
	}
	return strings.Join(out, "\n"), faults
}

// marked returns the code that the mark above the line names; nil leaves it as
// it is.
func marked(lines []string, at int) ([]string, error) {
	above := ""
	for i := at - 1; i >= 0 && above == ""; i-- {
		above = strings.TrimSpace(lines[i])
	}
	if reason, ok := strings.CutPrefix(above, fragmentMark); ok {
		if len(reason) < len("-->")+20 {
			return nil, fmt.Errorf("a fragment needs a reason")
		}
		return nil, nil
	}
	mark, ok := strings.CutPrefix(above, exampleMark)
	if !ok {
		return nil, fmt.Errorf("a Go block without a mark; write %sFILE#NAME --> or %sREASON -->", exampleMark, fragmentMark)
	}
	path, names, _ := strings.Cut(strings.TrimSpace(strings.TrimSuffix(mark, "-->")), "#")
	source, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return nil, err
	}
	code := string(source)
	if names != "" {
		if code, err = declarations(path, code, strings.Split(names, ",")); err != nil {
			return nil, err
		}
	}
	return strings.Split(strings.TrimSpace(code), "\n"), nil
}

// declarations returns the source of some declarations with their comments.
func declarations(path, source string, names []string) (string, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	found := map[string]string{}
	if n := len(file.Imports); n > 0 {
		end := file.Decls[0].End() // gofmt keeps the imports of a file in one declaration
		found["import"] = source[fset.Position(file.Package).Offset:fset.Position(end).Offset]
	}
	for _, decl := range file.Decls {
		from, name := decl.Pos(), ""
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if name = d.Name.Name; d.Recv != nil {
				name = strings.TrimPrefix(types.ExprString(d.Recv.List[0].Type), "*") + "." + name
			}
			if d.Doc != nil {
				from = d.Doc.Pos()
			}
		case *ast.GenDecl:
			switch s := d.Specs[0].(type) {
			case *ast.TypeSpec:
				name = s.Name.Name
			case *ast.ValueSpec:
				name = s.Names[0].Name
			case *ast.ImportSpec:
				continue
			}
			if d.Doc != nil {
				from = d.Doc.Pos()
			}
		}
		found[name] = source[fset.Position(from).Offset:fset.Position(decl.End()).Offset]
	}
	var parts []string
	for _, name := range names {
		if found[name] == "" {
			return "", fmt.Errorf("there is no %s in %s", name, path)
		}
		parts = append(parts, found[name])
	}
	return strings.Join(parts, "\n\n"), nil
}
