// Command screenshots makes docs/images/flow.png, the picture in the README: a
// sign-up in four steps, taken from the running example. Run it from the root
// of the repository:
//
//	go run ./integration/browser/screenshots
//
// The letters are those of this machine. The picture in the repository was made
// with those of the Debian packages fonts-noto-core, fonts-noto-cjk and
// fonts-noto-color-emoji.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/oauthreg/go/integration/browser"
	"github.com/oauthreg/go/twitter/twittertest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	examples := flag.String("examples", "examples", "`folder` of the module with the example")
	out := flag.String("out", "docs/images/flow.png", "`file` to write")
	flag.Parse()
	if err := run(ctx, *examples, *out); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, examples, out string) (err error) {
	dir, err := os.MkdirTemp("", "oauthreg-screenshots")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path, err := browser.Build(ctx, examples, dir)
	if err != nil {
		return err
	}
	program, err := browser.StartProgram(path, dir, false)
	if err != nil {
		return err
	}
	defer program.Kill()
	chromium, err := browser.Launch(filepath.Join(dir, "profile"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, chromium.Close()) }()

	panels, err := signUp(chromium, program)
	if err != nil {
		return err
	}
	picture, err := encode(compose(panels))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(out, picture, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d KB\n", out, len(picture)/1024)
	return nil
}

// The size of each screen, in CSS pixels, and of one of those in the picture.
const (
	screenWidth   = 520
	screenHeight  = 808
	captionHeight = 60
	scale         = 1.5
)

// panel is one step of the picture.
type panel struct{ caption, screen image.Image }

// signUp goes through a sign-up and takes a picture of each of its pages.
func signUp(chromium *browser.Chromium, program *browser.Program) ([]panel, error) {
	visitor, err := chromium.NewPerson()
	if err != nil {
		return nil, err
	}
	writer, err := chromium.NewPerson()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(
		visitor.Use(browser.Screen{Width: screenWidth, Height: screenHeight, Scale: scale}),
		writer.Use(browser.Screen{Width: screenWidth, Height: captionHeight, Scale: scale}),
	); err != nil {
		return nil, err
	}
	ada := twittertest.MadeUpPeople()[0].ID
	follow := func(selector string) func() error {
		return func() error { _, err := visitor.Follow(selector); return err }
	}
	var panels []panel
	for i, step := range []struct {
		caption string
		goThere func() error
	}{
		{"Your app has a button", func() error { return visitor.Open(program.URL + "/") }},
		{"X asks the person <small>(here: the stand-in)</small>", follow(browser.StartButton)},
		{"Your form comes filled in", func() error { return visitor.ApproveAs(ada) }},
		{"Registered and signed in", follow(browser.SubmitButton)},
	} {
		if err := step.goThere(); err != nil {
			return nil, err
		}
		screen, err := take(visitor)
		if err != nil {
			return nil, err
		}
		if err := writer.Show(fmt.Sprintf(captionPage, i+1, step.caption)); err != nil {
			return nil, err
		}
		caption, err := take(writer)
		if err != nil {
			return nil, err
		}
		panels = append(panels, panel{caption, screen})
	}
	return panels, nil
}

// captionPage is set by the browser, because the standard library has no
// letters.
const captionPage = `<!doctype html><html lang="en"><title>Caption</title><style>
body { margin: 0; height: 60px; display: flex; align-items: center; gap: 12px; background: #e4e7ec; color: #14181f; font: 600 21px system-ui, sans-serif; }
b { flex: none; display: grid; place-items: center; width: 32px; height: 32px; border-radius: 50%%; background: #14181f; color: #fff; font-size: 17px; }
small { color: #566070; font-size: 17px; font-weight: 400; }
</style><b>%d</b><span>%s</span>`

func take(tab *browser.Tab) (image.Image, error) {
	picture, err := tab.Picture()
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(picture))
}
