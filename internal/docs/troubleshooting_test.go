package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
)

// speaking are the packages whose texts people get to read: errors, hints,
// faults of a configuration, lines of the log.
var speaking = []string{
	"oauthreg", "provider", "provider/oauth1flow", "provider/oauth2flow", "provider/oidcflow", "providers", "twitter", "twitter/twittertest",
	"sessionstore", "sessionstore/redisbackend", "sessionstore/gorillastore", "tokenstore", "seal", "usernames",
	"internal/outbound", "internal/oauth1sign", "cmd/oauthreg-check",
}

// unsaid are texts that are not in docs/troubleshooting.md, by a part of them.
var unsaid = map[string]string{
	"AS BINARY) = CAST":                  "a part of a statement, and no text for people",
	`COLLATE "C" =`:                      "a part of a statement, and no text for people",
	"15:04:05 UTC":                       "the layout of a time, and no text for people",
	"description, location, url, avatar": "the name of a part, in a line of the log that is there",
	"seal: derive key":                   "crypto/hkdf fails for lengths only, which are constants",
}

// silent are files whose texts are all answers of the stand-in to a test, under
// the header that the page names: what the test did wrong, in one sentence.
var silent = []string{
	"endpoint.go", "exchange.go", "handshake.go", "ledger.go", "oauth2api.go", "oauth2client.go", "oauth2ledger.go",
	"oauth2page.go", "oauth2token.go", "page.go", "params.go", "verify.go",
}

// TestTroubleshootingHasEveryText finds the texts in the source: whoever adds an
// error adds what to do about it.
func TestTroubleshootingHasEveryText(t *testing.T) {
	t.Parallel()
	page := plain(read(t, "docs/troubleshooting.md"))
	used := map[string]bool{}
	count := 0
	for _, dir := range speaking {
		for _, s := range textsIn(t, dir) {
			if part := unsaidPart(s.text); part != "" {
				used[part] = true
				continue
			}
			count++
			assert.True(t, strings.Contains(page, plain(s.text)), "%s: docs/troubleshooting.md has not got %q", s.at, s.text)
		}
	}
	assert.Greater(t, count, 200)
	for part, reason := range unsaid {
		assert.True(t, used[part], "no text has %q any more", part)
		assert.Greater(t, len(reason), 20, part)
	}
}

func TestTroubleshootingHasEveryOutcome(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/troubleshooting.md")
	sentences := oauthreg.Messages()
	for code, sentence := range sentences {
		if strings.Contains(code, ".") || sentences[code+".title"] == "" {
			continue // no failure
		}
		row := "| `" + code + "` | " + strings.ReplaceAll(sentence, "{provider}", "X")
		assert.True(t, strings.Contains(page, row), "docs/troubleshooting.md has not got %q", row)
	}
	assert.Contains(t, page, "`"+string(oauthreg.Replayed)+"`")
	assert.NotEmpty(t, sentences[string(oauthreg.Denied)+".title"])
}

// TestTheTextsAreFound keeps the search from finding nothing.
func TestTheTextsAreFound(t *testing.T) {
	t.Parallel()
	for dir, wants := range map[string][]string{
		"oauthreg": {
			"oauthreg: no sign-up is waiting in this browser", "it must be https; http is for loopback only",
			"oauthreg: a completed sign-up was not removed",
		},
		"provider": {"the provider refuses the app's request"},
		"twitter": {
			"X cannot verify the app's keys", "attach the app to a project in the X console",
			"and 127.0.0.1 is accepted where localhost is not",
		},
		"internal/outbound": {"it must be an absolute https URL"},
	} {
		texts := textsIn(t, dir)
		for _, want := range wants {
			assert.True(t, slices.ContainsFunc(texts, func(s spoken) bool { return strings.Contains(s.text, want) }), want)
		}
	}
}

func unsaidPart(text string) string {
	for part := range unsaid {
		if strings.Contains(text, part) {
			return part
		}
	}
	return ""
}

// spoken is a text that people read, and where it is.
type spoken struct{ at, text string }

// speakers are the functions whose strings are texts: of errors, of faults in a
// configuration, of the log.
var speakers = regexp.MustCompile(`^(errors\.New|fmt\.Errorf|.*\badd|.*\bfault|configError|faultf?|fail|.*\.((Debug|Info|Warn|Error)(Context)?|LogAttrs|Own))$`)

// speakingFields are the fields whose strings are texts.
var speakingFields = []string{"Reason", "reason", "Hint", "hint"}

func textsIn(t *testing.T, dir string) (all []spoken) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, files, dir)
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") || (dir == "twitter/twittertest" && slices.Contains(silent, filepath.Base(path))) {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		take := func(e ast.Node) {
			ast.Inspect(e, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				if piece := longestPiece(text); len(strings.Fields(piece)) >= 3 {
					at := fset.Position(lit.Pos())
					all = append(all, spoken{filepath.Join(dir, filepath.Base(path)) + ":" + strconv.Itoa(at.Line), piece})
				}
				return true
			})
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if speakers.MatchString(callee(n.Fun)) {
					for _, arg := range n.Args {
						take(arg)
					}
					return false
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && slices.Contains(speakingFields, key.Name) {
					take(n.Value)
					return false
				}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					if name := callee(left); i < len(n.Rhs) && slices.Contains(speakingFields, name[strings.LastIndexByte(name, '.')+1:]) {
						take(n.Rhs[i])
					}
				}
			case *ast.ValueSpec:
				if strings.HasSuffix(n.Names[0].Name, "Hint") {
					take(n)
					return false
				}
			case *ast.ReturnStmt: // a function that returns a reason or a hint
				for _, result := range n.Results {
					if isString(result) {
						take(result)
					}
				}
			}
			return true
		})
	}
	return all
}

// callee returns the name of what is called, "?.Name" where it is long.
func callee(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
		return "?." + e.Sel.Name
	}
	return ""
}

// isString reports whether e is a literal, several with "+", or what
// fmt.Sprintf makes of one.
func isString(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return isString(e.X) || isString(e.Y)
	case *ast.CallExpr:
		return callee(e.Fun) == "fmt.Sprintf"
	}
	return false
}

var verb = regexp.MustCompile(`%[-+# 0-9.\[\]]*[a-zA-Z]`)

// longestPiece is the longest part of a format that does not change.
func longestPiece(format string) (longest string) {
	for _, piece := range verb.Split(format, -1) {
		if piece = strings.Trim(piece, " :;,()\""); len(piece) > len(longest) {
			longest = piece
		}
	}
	return longest
}

// plain makes a text of Go and one in a table of Markdown comparable.
func plain(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("`", "", `\|`, "|", `"`, "", `\`, "").Replace(text)), " ")
}
