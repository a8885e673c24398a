package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

var (
	localLink      = regexp.MustCompile(`\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)`)
	headingPattern = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *#*$`)
	fencePattern   = regexp.MustCompile("(?ms)^ *```.*?^ *```[^\n]*$")
	anchorPattern  = regexp.MustCompile(`<a (?:id|name)="([^"]+)"`)
	inlineLink     = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// TestEveryLinkLeadsToAFileAndAHeading covers links within the repository in
// all of its Markdown, with the part behind "#".
func TestEveryLinkLeadsToAFileAndAHeading(t *testing.T) {
	t.Parallel()
	for _, file := range markdown(t) {
		text := fencePattern.ReplaceAllString(read(t, file), "")
		for _, m := range localLink.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			path, anchor, hasAnchor := strings.Cut(m[1], "#")
			target := file
			if path != "" {
				target = filepath.Join(filepath.Dir(file), path)
			}
			if _, err := os.Stat(filepath.Join(root, target)); !assert.NoError(t, err, "%s links to %s", file, m[1]) || !hasAnchor {
				continue
			}
			if assert.True(t, strings.HasSuffix(target, ".md"), "%s links to %s: only Markdown has headings", file, m[1]) {
				assert.Contains(t, anchors(read(t, target)), anchor, "%s links to %s", file, m[1])
			}
		}
	}
}

func TestAnchorsAreThoseOfGitHub(t *testing.T) {
	t.Parallel()
	page := "# Keys and `code`, of X (Twitter)\n## Same\n## Same\n```\n# no heading\n```\n### [A link](x.md): it's 1.0a\n<a id=\"own\"></a>\n"
	assert.Equal(t, []string{"keys-and-code-of-x-twitter", "same", "same-1", "a-link-its-10a", "own"}, anchors(page))
}

// anchors returns what GitHub lets a link point to in a page: its headings in
// lower case, letters, digits, "-" and "_" only, blanks as "-", numbered where
// they repeat.
func anchors(page string) (all []string) {
	page = fencePattern.ReplaceAllString(page, "")
	seen := map[string]int{}
	for _, m := range headingPattern.FindAllStringSubmatch(page, -1) {
		heading := inlineLink.ReplaceAllString(m[1], "$1")
		slug := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') || r > 0x7f:
				return r
			}
			return -1
		}, strings.ToLower(heading))
		n := seen[slug]
		seen[slug]++
		if n > 0 {
			slug += "-" + strconv.Itoa(n)
		}
		all = append(all, slug)
	}
	for _, m := range anchorPattern.FindAllStringSubmatch(page, -1) {
		all = append(all, m[1])
	}
	return all
}

var commandPattern = regexp.MustCompile(`go (?:run|doc) (?:-\S+ )*(?:\./|github\.com/oauthreg/go/)([a-z0-9/-]+)`)

// TestCommandsNameWhatIsThere covers programs of this repository
// in all commands that its Markdown shows.
func TestCommandsNameWhatIsThere(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, file := range markdown(t) {
		for _, m := range commandPattern.FindAllStringSubmatch(read(t, file), -1) {
			seen++
			info, err := os.Stat(filepath.Join(root, m[1]))
			if assert.NoError(t, err, "%s: %s", file, m[0]) {
				assert.True(t, info.IsDir(), "%s: %s", file, m[0])
			}
		}
	}
	assert.Greater(t, seen, 5)
}
