package oauthreg_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// schemas are those of folder docs.
const schemas = "../docs"

// conform checks text against a schema of folder docs.
func conform(t testing.TB, schema, text string) {
	t.Helper()
	assert.Empty(t, faultsBySchema(t, schema, text), "%s: %s", schema, text)
}

func faultsBySchema(t testing.TB, schema, text string) []string {
	t.Helper()
	var value any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value), text)
	require.False(t, decoder.More(), text)
	return judge(t, readSchema(t, schema), value, "$")
}

func readSchema(t testing.TB, name string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(schemas, name))
	require.NoError(t, err)
	var schema map[string]any
	require.NoError(t, json.Unmarshal(data, &schema), name)
	return schema
}

// judge is as much of JSON Schema (draft 2020-12) as the schemas use. A keyword
// that it does not know is a fault.
func judge(t testing.TB, schema map[string]any, value any, at string) (faults []string) {
	t.Helper()
	fault := func(format string, args ...any) { faults = append(faults, at+": "+fmt.Sprintf(format, args...)) }
	members, _ := value.(map[string]any)
	text, _ := value.(string)
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		want := schema[keyword]
		switch keyword {
		case "$schema", "title":
		case "$ref":
			faults = append(faults, judge(t, readSchema(t, want.(string)), value, at)...)
		case "type":
			if got := typeOf(value); got != want {
				fault("is of type %s, not %s", got, want)
			}
		case "const":
			if value != want {
				fault("is not %v", want)
			}
		case "enum":
			if !slices.ContainsFunc(want.([]any), func(v any) bool { return fmt.Sprint(v) == fmt.Sprint(value) }) {
				fault("%v is none of %v", value, want)
			}
		case "pattern":
			if !regexp.MustCompile(want.(string)).MatchString(text) {
				fault("%q is not like %s", text, want)
			}
		case "minLength":
			if float64(utf8.RuneCountInString(text)) < want.(float64) {
				fault("is too short")
			}
		case "minimum":
			if n, err := value.(json.Number).Float64(); err != nil || n < want.(float64) {
				fault("%v is below %v", value, want)
			}
		case "items":
			for i, item := range value.([]any) {
				faults = append(faults, judge(t, want.(map[string]any), item, fmt.Sprintf("%s[%d]", at, i))...)
			}
		case "properties":
			for name, sub := range want.(map[string]any) {
				if member, ok := members[name]; ok {
					faults = append(faults, judge(t, sub.(map[string]any), member, at+"."+name)...)
				}
			}
		case "required":
			for _, name := range want.([]any) {
				if _, ok := members[name.(string)]; !ok {
					fault("has no %s", name)
				}
			}
		case "additionalProperties":
			require.Equal(t, false, want)
			known, _ := schema["properties"].(map[string]any)
			for name := range members {
				if known[name] == nil {
					fault("has an unknown member %s", name)
				}
			}
		default:
			require.Fail(t, "the check knows no keyword "+keyword)
		}
	}
	return faults
}

func typeOf(value any) string {
	switch v := value.(type) {
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return "integer"
		}
		return "number"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case bool:
		return "boolean"
	case nil:
		return "null"
	}
	return reflect.TypeOf(value).String()
}

// What the other tests rely on to find a fault does find it.
func TestTheSchemasRefuseWhatTheyShould(t *testing.T) {
	t.Parallel()
	const good = `{"type":"about:blank","title":"T","status":405}`
	for _, row := range []struct{ schema, text, want string }{
		{"problem.schema.json", good, ""},
		{"problem.schema.json", `[]`, "of type array"},
		{"problem.schema.json", `{"type":"about:blank","title":"T"}`, "has no status"},
		{"problem.schema.json", strings.Replace(good, "405", "302", 1), "none of"},
		{"problem.schema.json", strings.Replace(good, "405", `"405"`, 1), "of type string"},
		{"problem.schema.json", strings.Replace(good, "T", "", 1), "too short"},
		{"problem.schema.json", strings.Replace(good, "about:blank", "javascript:x", 1), "is not like"},
		{"problem.schema.json", strings.Replace(good, "{", `{"instance":"/x",`, 1), "unknown member instance"},
		{"problem.schema.json", strings.Replace(good, "{", `{"retry_after":0,`, 1), "below"},
		{"problem.schema.json", strings.Replace(good, "{", `{"outcome":"new",`, 1), "none of"},
		{"start.schema.json", `{"provider":"x","label":"X","action":"/x"}`, "is not ?"},
		{"start.schema.json", `{"provider":"x","label":"X","action":"?","next":"/","problem":{}}`, "$.problem: has no type"},
		{"pending.schema.json", `{"missing":[1]}`, "$.missing[0]: is of type integer"},
	} {
		faults := strings.Join(faultsBySchema(t, row.schema, row.text), "\n")
		if row.want == "" {
			assert.Empty(t, faults, row.text)
		} else {
			assert.Contains(t, faults, row.want, row.text)
		}
	}
}
