// Guards takes away the checks of a package, one at a time, and runs the tests
// that reach it. A check that can go without a test turning red is printed.
//
//	guards [-with PACKAGES] ./seal
//
// A check is the condition of an if, a case of a switch without a tag, or an
// operand of a returned && or ||; each operand of a || is one. Taken away, the
// condition is never true (an operand of &&: always).
//
// Gremlins, which .ci/mutate runs too, turns operators around and removes
// nothing: this fills the gap. The checks are compiled in once, each behind a
// switch (in an overlay: no file is changed), so one mutant costs one run of
// the tests that reach it.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	with := flag.String("with", "", "packages, separated by commas, whose tests may notice what the package's own do not")
	flag.Parse()
	if err := run(os.Stdout, flag.Arg(0), strings.FieldsFunc(*with, func(r rune) bool { return r == ',' })); err != nil {
		fmt.Fprintln(os.Stderr, "guards:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, pkg string, with []string) error {
	tmp, err := os.MkdirTemp("", "guards")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	checks, overlay, err := prepare(pkg, tmp)
	if err != nil {
		return err
	}
	verdicts := make([]string, len(checks))
	for n, tests := range append([]string{pkg}, with...) {
		s, err := newSuite(tests, overlay, filepath.Join(tmp, "test"+strconv.Itoa(n)))
		if err != nil {
			return err
		}
		for id, v := range verdicts {
			if v == "" || v == "lived" {
				verdicts[id] = cmp.Or(s.judge(strconv.Itoa(id+1)), v)
			}
		}
	}
	count := map[string]int{}
	for id, c := range checks {
		v := cmp.Or(verdicts[id], "not reached")
		count[v]++
		if v != "killed" {
			fmt.Fprintf(w, "%-11s %s:%d: %s\n", v, filepath.Join(pkg, c.file), c.line, c.text)
		}
	}
	fmt.Fprintf(w, "%s: %d checks removed, one at a time: %d killed, %d timed out, %d lived, %d not reached\n",
		pkg, len(checks), count["killed"], count["timed out"], count["lived"], count["not reached"])
	return nil
}

// prepare writes the package with switches to tmp, and the overlay that puts
// them in the place of its files.
func prepare(pkg, tmp string) (checks []check, overlay string, err error) {
	out, err := command("", "", "go", "list", "-f", `{{.Dir}}|{{.Name}}|{{join .GoFiles "|"}}`, pkg)
	if err != nil {
		return nil, "", err
	}
	listed := strings.Split(strings.TrimSpace(string(out)), "|")
	dir, replace := listed[0], map[string]string{}
	write := func(name string, src []byte) {
		replace[filepath.Join(dir, name)] = filepath.Join(tmp, name)
		err = cmp.Or(err, os.WriteFile(filepath.Join(tmp, name), src, 0o600))
	}
	for _, name := range listed[2:] {
		path := filepath.Join(dir, name)
		src, errRead := os.ReadFile(path)
		src, more, errParse := withSwitches(path, src, len(checks))
		err = cmp.Or(err, errRead, errParse)
		checks = append(checks, more...)
		write(name, src)
	}
	write("guard_switch.go", fmt.Appendf(nil, switchSource, listed[1], len(checks)))
	list, errList := json.Marshal(map[string]any{"Replace": replace})
	write("overlay.json", list)
	return checks, filepath.Join(tmp, "overlay.json"), cmp.Or(err, errList)
}

// A suite is the tests of one package, compiled with the switches.
type suite struct {
	dir, binary string
	reach       map[string][]string // by check: the tests that reach it
	took        map[string]time.Duration
}

// newSuite compiles the tests of a package and runs each of them alone, to
// learn which checks it reaches. All have to pass.
func newSuite(pkg, overlay, binary string) (*suite, error) {
	where, err := command("", "", "go", "list", "-f", "{{.Dir}}", pkg)
	s := &suite{strings.TrimSpace(string(where)), binary, map[string][]string{}, map[string]time.Duration{}}
	if err == nil {
		_, err = command("", "", "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, pkg)
	}
	var names []byte
	if err == nil {
		names, err = command(s.dir, "", binary, "-test.list", ".")
	}
	for name := range strings.FieldsSeq(string(names)) {
		if strings.HasPrefix(name, "Benchmark") {
			continue
		}
		start := time.Now()
		if _, err = command(s.dir, "GUARD_LOG="+binary+name, binary, "-test.timeout=5m", "-test.run=^"+name+"$"); err != nil {
			return nil, err
		}
		s.took[name] = time.Since(start)
		ids, _ := os.ReadFile(binary + name) // there is none if it reaches nothing
		for id := range strings.FieldsSeq(string(ids)) {
			s.reach[id] = append(s.reach[id], name)
		}
	}
	return s, err
}

// judge runs the tests that reach a check without it, until one fails.
func (s *suite) judge(id string) (verdict string) {
	for tests := range slices.Chunk(s.reach[id], 10) {
		limit := 10 * time.Second
		for _, name := range tests {
			limit += 5 * s.took[name]
		}
		_, err := command(s.dir, "GUARD_OFF="+id, s.binary, "-test.failfast", "-test.timeout="+limit.String(), "-test.run=^("+strings.Join(tests, "|")+")$")
		switch {
		case err != nil && strings.Contains(err.Error(), "panic: test timed out after"):
			return "timed out"
		case err != nil:
			return "killed"
		}
		verdict = "lived"
	}
	return verdict
}

// command runs a program and returns its standard output. What else it printed,
// such as go's word on what it downloads, is in the error if there is one.
func command(dir, env, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, append(os.Environ(), env), time.Second
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s%s", filepath.Base(name), strings.Join(args, " "), err, out.Bytes(), complaints.Bytes())
	}
	return out.Bytes(), err
}
