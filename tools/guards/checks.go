package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// A check is a condition that the code acts on.
type check struct {
	file string
	line int
	text string // the condition, on one line
}

// switchSource is added to the package under test, which asks guardIsOn at each
// of its checks. It writes down that it was asked, and allocates nothing when
// asked again: some tests count allocations.
const switchSource = `package %s

import (
	"os"
	"strconv"
	"sync/atomic"
)

var (
	guardLog    = os.Getenv("GUARD_LOG")
	guardOff, _ = strconv.Atoi(os.Getenv("GUARD_OFF")) // 0 is none
	guardSeen   [%d + 1]atomic.Bool
)

func guardIsOn(id int) bool {
	if guardLog != "" && !guardSeen[id].Swap(true) {
		if f, err := os.OpenFile(guardLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
			_, _ = f.WriteString(strconv.Itoa(id) + "\n")
			_ = f.Close()
		}
	}
	return id != guardOff
}
`

// withSwitches returns a file's source with a switch at each check, and the
// checks, of which the first has the number first. Lines keep their numbers.
//
// The switch comes after the condition, so that it is asked only where the check
// has something to say: where the condition of an if or a case is true, and
// where an operand of a returned && is false.
func withSwitches(path string, src []byte, first int) ([]byte, []check, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	var checks []check
	inserted := map[int]string{} // by offset
	add := func(e ast.Expr, op token.Token, after string) {
		for _, e := range operands(e, op) {
			from, to := set.Position(e.Pos()), set.Position(e.End())
			inserted[from.Offset] += "(("
			inserted[to.Offset] = fmt.Sprintf(")%sguardIsOn(%d))", after, first+len(checks)+1) + inserted[to.Offset]
			text := strings.Join(strings.Fields(string(src[from.Offset:to.Offset])), " ")
			checks = append(checks, check{filepath.Base(path), from.Line, text})
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			add(n.Cond, token.LOR, " && ")
		case *ast.SwitchStmt:
			if n.Tag != nil {
				break
			}
			for _, clause := range n.Body.List {
				for _, e := range clause.(*ast.CaseClause).List {
					add(e, token.LOR, " && ")
				}
			}
		case *ast.ReturnStmt:
			for _, e := range n.Results {
				if len(operands(e, token.LAND)) > 1 {
					add(e, token.LAND, " || !")
				} else if len(operands(e, token.LOR)) > 1 {
					add(e, token.LOR, " && ")
				}
			}
		}
		return true
	})
	var out []byte
	for at := range len(src) + 1 {
		out = append(out, inserted[at]...)
		out = append(out, src[at:min(at+1, len(src))]...)
	}
	return out, checks, nil
}

// operands takes a chain of && or || apart.
func operands(e ast.Expr, op token.Token) []ast.Expr {
	if b, ok := ast.Unparen(e).(*ast.BinaryExpr); ok && b.Op == op {
		return append(operands(b.X, op), operands(b.Y, op)...)
	}
	return []ast.Expr{e}
}
