package main

import (
	"os"
	"strings"
	"testing"
)

const (
	code = `package sample

func Tested(n int) int {
	if n < 0 || n > 9 {
		return 0
	}
	return n
}

func Loose(n int) bool {
	switch {
	case n == 1:
		return true
	case n == 2, n == 3:
		return false
	}
	return n > 5 && n != 7
}
`
	tests = `package sample

import "testing"

func TestTested(t *testing.T) {
	if Tested(-1) != 0 || Tested(10) != 0 || Tested(5) != 5 {
		t.Fail()
	}
}

func TestLoose(t *testing.T) {
	if !Loose(1) || !Loose(6) || Loose(2) {
		t.Fail()
	}
}
`
	// Without the check of 2, the last line still says no to it.
	want = `lived       sample.go:14: n == 2
not reached sample.go:14: n == 3
not reached sample.go:17: n > 5
not reached sample.go:17: n != 7
.: 7 checks removed, one at a time: 3 killed, 0 timed out, 1 lived, 3 not reached
`
)

func TestGuards(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("GOWORK", "off")
	for name, text := range map[string]string{"go.mod": "module sample\n\ngo 1.26\n", "sample.go": code, "sample_test.go": tests} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := run(&out, ".", nil); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}

	// With a test that fails by itself, every check would look as if it were kept.
	if err := os.WriteFile("broken_test.go", []byte("package sample\n\nimport \"testing\"\n\nfunc TestBroken(t *testing.T) { t.Fail() }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(&out, ".", nil); err == nil || !strings.Contains(err.Error(), "TestBroken") {
		t.Errorf("a test that fails with all checks on: %v", err)
	}
}

// What go says of its downloads is no file name.
func TestCommandReturnsWhatWasAskedFor(t *testing.T) {
	const script = `echo go: downloading example.com/module >&2; echo answer`
	out, err := command("", "", "sh", "-c", script)
	if err != nil || string(out) != "answer\n" {
		t.Errorf("got %q, %v", out, err)
	}
	if _, err = command("", "", "sh", "-c", script+"; exit 3"); err == nil || !strings.Contains(err.Error(), "answer\ngo: downloading") {
		t.Errorf("the error has not all that was printed: %v", err)
	}
}
