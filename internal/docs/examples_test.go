package docs

import (
	"go/ast"
	"go/doc"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every entry point of a public package has an Example that is run:
//
//   - a function is shown by an Example of its name, ExampleNew or
//     ExampleNew_mistake, or by one of its result's type that calls it: so it
//     stands beside it on the page;
//   - a method is shown by an Example of its name, or by any of the package
//     that calls one of this name. What implements an interface is the
//     interface's, and says so in its comment; what only fmt, slog and the
//     encoders call is no entry point.
func TestEveryEntryPointHasAnExampleThatIsRun(t *testing.T) {
	t.Parallel()
	needed := map[string]bool{}
	for _, p := range publicPackages(t) {
		shown := examplesOf(p)
		for _, e := range entryPoints(p) {
			name := p.dir + "." + e.name
			if shown.has(e) {
				continue
			}
			if exceptions[name] == "" {
				t.Errorf("%s has no Example with an output", name)
			}
			needed[name] = true
		}
		for _, name := range shown.notRun {
			if exceptions[p.dir+"."+name] == "" {
				t.Errorf("%s.%s has no output, so it is never run", p.dir, name)
			}
			needed[p.dir+"."+name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(exceptions)) {
		assert.True(t, needed[name], "%s is not in need of an exception any more", name)
		assert.Greater(t, len(exceptions[name]), 20, "%s: say why", name)
	}
}

// The classic mistake is shown with what it yields, next to the right way.
func TestEveryPublicPackageShowsItsClassicMistake(t *testing.T) {
	t.Parallel()
	for _, p := range publicPackages(t) {
		mistake := slices.ContainsFunc(slices.Collect(maps.Keys(examplesOf(p).run)), func(name string) bool {
			return strings.HasSuffix(name, "_mistake")
		})
		assert.True(t, mistake, "%s has no Example that ends in _mistake", p.dir)
	}
}

// shown is what the Examples of a package show.
type shown struct {
	run    map[string]map[string]bool // by the Example's name, what it calls
	notRun []string
}

func examplesOf(p pkg) shown {
	s := shown{run: map[string]map[string]bool{}}
	for _, file := range p.tests {
		for _, e := range doc.Examples(file) {
			if e.Output == "" && !e.EmptyOutput {
				s.notRun = append(s.notRun, "Example"+e.Name)
				continue
			}
			// With what the Example calls in its own file, where the page shows that.
			code := e.Code
			if e.Play != nil {
				code = e.Play
			}
			s.run["Example"+e.Name] = calls(code)
		}
	}
	return s
}

func calls(code ast.Node) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(code, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if f, ok := call.Fun.(*ast.SelectorExpr); ok {
				names[f.Sel.Name] = true
			}
		}
		return true
	})
	return names
}

// has reports whether e is shown.
func (s shown) has(e entry) bool {
	for name, called := range s.run {
		switch {
		case belongs(name, e.name), e.result != "" && belongs(name, e.result) && called[e.name]:
			return true
		case e.method() != "" && called[e.method()]:
			return true
		}
	}
	return false
}

// belongs reports whether an Example is one of name: "New", "Flow.Client".
func belongs(example, name string) bool {
	own := "Example" + strings.ReplaceAll(name, ".", "_")
	return example == own || strings.HasPrefix(example, own+"_")
}

// entry is an entry point.
type entry struct {
	name   string // "New", "Flow.Client"
	result string // of a function, the type of this package that it returns first
}

func (e entry) method() string {
	_, method, _ := strings.Cut(e.name, ".")
	return method
}

// protocols are methods that no app calls.
var protocols = []string{
	"AtomicTake", "Error", "Format", "GobEncode", "GoString", "LogValue", "MarshalJSON", "MarshalText", "String", "Unwrap",
}

func entryPoints(p pkg) (all []entry) {
	for _, file := range p.files {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() {
				continue
			}
			if f.Recv == nil {
				e := entry{name: f.Name.Name}
				if f.Type.Results != nil {
					e.result = typeName(f.Type.Results.List[0].Type)
				}
				all = append(all, e)
				continue
			}
			receiver := typeName(f.Recv.List[0].Type)
			implements := strings.Contains(f.Doc.Text(), f.Name.Name+" implements ")
			if ast.IsExported(receiver) && !implements && !slices.Contains(protocols, f.Name.Name) {
				all = append(all, entry{name: receiver + "." + f.Name.Name})
			}
		}
	}
	return all
}

// typeName returns the name of a type of the package itself, or "".
func typeName(kind ast.Expr) string {
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if name, ok := kind.(*ast.Ident); ok && name.IsExported() {
		return name.Name
	}
	return ""
}

// exceptions are entry points without an Example that is run, and Examples
// without an output, each with the reason.
var exceptions = map[string]string{
	"provider/providertest.Run":                  takesT,
	"provider/providertest.Example":              takesT,
	"sessionstore/sessiontest.Run":               takesT,
	"sessionstore/sessiontest.ExampleRun":        takesT,
	"sessionstore/sessiontest.RunBackend":        takesT,
	"sessionstore/sessiontest.ExampleRunBackend": takesT,
	"tokenstore/tokentest.Run":                   takesT,
	"tokenstore/tokentest.ExampleRun":            takesT,

	"twitter.Button.HTML": "ExampleButton calls it, in a template",

	"sessionstore.ExampleSQLBackend":  needsDatabase,
	"sessionstore.SQLBackend.Migrate": needsDatabase,
	"sessionstore.SQLBackend.Cleanup": needsDatabase,
	"tokenstore.ExampleSQL_In":        needsDatabase,
	"tokenstore.SQL.In":               needsDatabase,
	"tokenstore.SQL.Migrate":          needsDatabase,
}

const (
	takesT        = "a suite takes a *testing.T, which no Example has; a Test of its package runs what the Example shows"
	needsDatabase = "it needs a database, and this module has no driver; the module integration runs it on SQLite, PostgreSQL and MariaDB"
)

var (
	settingPattern = regexp.MustCompile(`"([A-Z]+(?:_[A-Z]+)+)"|getenv\("([A-Z]+)"\)`)
	helpPattern    = regexp.MustCompile("(?s)const (?:help|xHelp) = `([^`]*)`")
)

// Who asks a program for help reads which variables of the environment it
// heeds. NO_COLOR and TERM are heeded by all programs.
func TestTheHelpOfTheProgramsNamesTheirSettings(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"examples/signup", "examples/existingapp", "examples/production", "examples/spa", "examples/pin", "cmd/oauthreg-check"} {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		require.NoError(t, err)
		var source strings.Builder
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			source.WriteString(string(text))
		}
		help := strings.Join(names(helpPattern, source.String()), "\n")
		require.NotEmpty(t, help, dir)
		settings := settingPattern.FindAllStringSubmatch(source.String(), -1)
		require.GreaterOrEqual(t, len(settings), 3, dir)
		for _, literal := range settings {
			if name := literal[1] + literal[2]; name != "NO_COLOR" && name != "TERM" {
				assert.Regexp(t, `\b`+name+`\b`, help, dir)
			}
		}
	}
}

// Every program is in the README, in the page of the examples, and in the
// changelog.
func TestEveryExampleIsListed(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob(filepath.Join(root, "examples", "*", "main.go"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(dirs), 6)
	for _, dir := range dirs {
		name := filepath.Base(filepath.Dir(dir))
		assert.Contains(t, read(t, "README.md"), "(examples/"+name+")")
		assert.Contains(t, read(t, "examples/README.md"), "]("+name+")")
		assert.Contains(t, read(t, "CHANGELOG.md"), "`"+name+"`")
	}
}
