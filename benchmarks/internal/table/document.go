package table

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// Replace puts text between the lines "<!-- NAME -->" and "<!-- end of NAME -->"
// of a document, after a line that says when and where it was measured.
func Replace(file, name, text string) error {
	begin, end := "<!-- "+name+" -->", "<!-- end of "+name+" -->"
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(data), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return fmt.Errorf("%s has no lines %s and %s", file, begin, end)
	}
	where := fmt.Sprintf("%s, %s, %s/%s, %d processors.", time.Now().UTC().Format("2 January 2006"),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	return os.WriteFile(file, []byte(before+begin+"\n\n"+where+"\n\n"+strings.TrimSpace(text)+"\n\n"+end+after), 0o644)
}
