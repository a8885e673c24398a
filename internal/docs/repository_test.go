package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// untagged are the modules that nobody imports.
var untagged = []string{"benchmarks", "examples", "integration", "tools"}

// modules are the folders with a go.mod, "." first.
func modules(t *testing.T) (dirs []string) {
	t.Helper()
	walk(t, func(file string) {
		if path.Base(file) == "go.mod" && !strings.Contains(file, "testdata/") {
			dirs = append(dirs, path.Dir(file))
		}
	})
	slices.Sort(dirs)
	require.Greater(t, len(dirs), 5)
	require.Equal(t, ".", dirs[0])
	return dirs
}

var (
	useLine   = regexp.MustCompile(`(?m)^\s*(\.(?:/\S+)?)$`)
	gomodPart = regexp.MustCompile(`(?s)package-ecosystem: gomod\s+directories:\n(.*?)\n    schedule:`)
	listItem  = regexp.MustCompile(`(?m)^\s*- (/\S*)$`)
	tagRow    = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| `([^`]+)` \\|$")
)

// names are the first groups of every match of pattern, sorted.
func names(pattern *regexp.Regexp, text string) (all []string) {
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	return all
}

// TestEveryModuleIsListed wherever there is a list of them: none is left out of
// the workspace, the updates and the releases, and none that is gone is in.
func TestEveryModuleIsListed(t *testing.T) {
	t.Parallel()
	var work, updates, tags []string
	for _, m := range modules(t) {
		updates = append(updates, path.Join("/", m))
		if m != "tools" { // its requirements are the programs', not the project's
			work = append(work, strings.TrimSuffix("./"+m, "/."))
		}
		if !slices.Contains(untagged, m) {
			tags = append(tags, m)
		}
	}
	slices.Sort(work)
	assert.Equal(t, work, names(useLine, read(t, "go.work")), "go.work")

	m := gomodPart.FindStringSubmatch(read(t, ".github/dependabot.yml"))
	require.NotNil(t, m, "dependabot.yml has no directories for gomod")
	assert.Equal(t, updates, names(listItem, m[1]), "dependabot.yml")

	release := read(t, "RELEASE.md")
	assert.Equal(t, tags, names(tagRow, release), "RELEASE.md")
	for _, row := range tagRow.FindAllStringSubmatch(release, -1) {
		assert.Equal(t, path.Join(row[1], "v0.1.0"), row[2])
	}
	assert.Contains(t, release, `tagged="`+strings.Join(tags[1:], " ")+`"`)
	for _, m := range untagged {
		assert.Contains(t, release, "`"+m+"`")
		assert.Contains(t, read(t, ".ci/api"), m)
	}
}

// TestNestedModulesReplaceTheRoot in the form that the commands of RELEASE.md
// read.
func TestNestedModulesReplaceTheRoot(t *testing.T) {
	t.Parallel()
	requirement := regexp.MustCompile(`(?m)^(?:\t|require )(github\.com/oauthreg/go(?:/\S+)?) v`)
	for _, m := range modules(t) {
		if m == "." || m == "tools" {
			continue
		}
		text := read(t, path.Join(m, "go.mod"))
		required := names(requirement, text)
		assert.Contains(t, required, "github.com/oauthreg/go", m)
		for _, dep := range required {
			back, err := filepath.Rel(m, path.Join(".", strings.TrimPrefix(dep, "github.com/oauthreg/go")))
			require.NoError(t, err)
			line := "replace " + dep + " => " + filepath.ToSlash(back)
			assert.True(t, strings.Contains(text, line+"\n") || strings.Contains(text, line+"/\n"), "%s/go.mod has no line %q", m, line)
		}
	}
}

// TestUpdatesAreOfFilesThatExist covers the ecosystems with one folder.
func TestUpdatesAreOfFilesThatExist(t *testing.T) {
	t.Parallel()
	npm := regexp.MustCompile(`package-ecosystem: npm\s+directory: /(\S+)`)
	listed := names(npm, read(t, ".github/dependabot.yml"))
	var found []string
	walk(t, func(file string) {
		if path.Base(file) == "package.json" && !strings.Contains(file, "node_modules/") {
			found = append(found, path.Dir(file))
		}
	})
	slices.Sort(found)
	assert.Equal(t, found, listed, "npm in dependabot.yml")
}

// TestTheWorkflowsRunWhatExists: a step that runs a file of the repository names
// one that is there and can be run.
func TestTheWorkflowsRunWhatExists(t *testing.T) {
	t.Parallel()
	run := regexp.MustCompile(`(?m)^\s*(?:- )?run: (\.ci/\S+)`)
	files, err := filepath.Glob(filepath.Join(root, ".github/workflows/*.yml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Contains(t, string(data), "\npermissions:\n  contents: read\n", file)
		for _, script := range names(run, string(data)) {
			info, err := fs.Stat(os.DirFS(root), script)
			require.NoError(t, err, file)
			if runtime.GOOS != "windows" { // which has no such bit
				assert.NotZero(t, info.Mode().Perm()&0o100, script)
			}
		}
	}
}

var badge = regexp.MustCompile(`\[!\[[^\]]+\]\((https://[^)]+)\)\]\((https://[^)]+)\)`)

// A badge tells what the services say of this module and of a workflow that is
// there, and leads to where they say it.
func TestBadgesAreOfThisModule(t *testing.T) {
	t.Parallel()
	module := regexp.MustCompile(`(?m)^module (\S+)$`).FindStringSubmatch(read(t, "go.mod"))
	require.NotNil(t, module)
	_, name, ok := strings.Cut(module[1], "/")
	require.True(t, ok)
	badges := badge.FindAllStringSubmatch(read(t, "README.md"), -1)
	require.Len(t, badges, 2)
	for _, b := range badges {
		image, target := b[1], b[2]
		if workflow, ok := strings.CutPrefix(target, "https://github.com/"+name+"/actions/workflows/"); ok {
			assert.Equal(t, target+"/badge.svg?branch=main", image)
			assert.FileExists(t, filepath.Join(root, ".github/workflows", workflow))
			assert.Contains(t, read(t, ".github/workflows/"+workflow), "branches: [main]")
			continue
		}
		assert.Equal(t, "https://pkg.go.dev/"+module[1], target)
		assert.Equal(t, "https://pkg.go.dev/badge/"+module[1]+".svg", image)
	}
}
