package oauthreg_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// pending is what the app's handlers get for the browser.
func (a *app) pending(b *browser) *oauthreg.Pending {
	a.t.Helper()
	r := httptest.NewRequestWithContext(a.t.Context(), http.MethodGet, site+"/signup", nil)
	b.addCookies(r)
	p, err := a.reg.Pending(r)
	require.NoError(a.t, err)
	return p
}

func TestNamesInTheFormsTwoFields(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		profile     provider.Profile
		first, last string
	}{
		{provider.Profile{}, "", ""},
		{provider.Profile{Name: "Ada Quill"}, "Ada", "Quill"},
		{provider.Profile{Name: "Teller"}, "Teller", ""},
		{provider.Profile{Name: "María del Carmen Ruiz"}, "María", "del Carmen Ruiz"},
		{provider.Profile{Name: "森 花子 🌸"}, "森", "花子 🌸"},
		{provider.Profile{Name: "森\u3000花子"}, "森", "花子"},
		{provider.Profile{Name: "سمير نور"}, "سمير", "نور"},
		{provider.Profile{Name: "Ada\u00a0\u00a0Quill"}, "Ada", "Quill"},
		{provider.Profile{Name: "🦊🏳️‍🌈"}, "🦊🏳️‍🌈", ""},
		{provider.Profile{Name: "Ada Quill", GivenName: "Augusta", FamilyName: "King"}, "Augusta", "King"},
		{provider.Profile{Name: "Ada Quill", GivenName: "Augusta"}, "Augusta", ""},
		{provider.Profile{Name: "Ada Quill", FamilyName: "King"}, "", "King"},
	} {
		p := &oauthreg.Pending{Profile: row.profile}
		assert.Equal(t, row.first, p.Value(oauthreg.FieldFirstName), "%+v", row.profile)
		assert.Equal(t, row.last, p.Value(oauthreg.FieldLastName), "%+v", row.profile)
		assert.Equal(t, row.profile.Name, p.Value(oauthreg.FieldName))
	}
}

func TestPrefillLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	p := &oauthreg.Pending{Profile: ada}
	form := url.Values{
		oauthreg.FieldEmail: {"typed@example.org"}, oauthreg.FieldName: {""}, oauthreg.FieldLocation: {" \t"},
		"plan": {"gold"}, oauthreg.FieldUsername: {"mine", "second"},
	}
	p.Prefill(form)
	assert.Equal(t, url.Values{
		oauthreg.FieldEmail: {"typed@example.org"}, oauthreg.FieldName: {"Ada Quill"}, oauthreg.FieldLocation: {"Porto"},
		"plan": {"gold"}, oauthreg.FieldUsername: {"mine", "second"},
		oauthreg.FieldFirstName: {"Ada"}, oauthreg.FieldLastName: {"Quill"},
		oauthreg.FieldURL: {ada.URL}, oauthreg.FieldAvatarURL: {ada.AvatarURL},
	}, form)
	again := url.Values{}
	(&oauthreg.Pending{}).Prefill(again)
	assert.Empty(t, again, "nothing known, nothing filled")
}

func TestValueAndMissing(t *testing.T) {
	t.Parallel()
	full := ada
	full.Description = "Letterpress"
	values := map[string]string{
		oauthreg.FieldUsername: "ada_quill", oauthreg.FieldEmail: "ada@example.com", oauthreg.FieldName: "Ada Quill",
		oauthreg.FieldFirstName: "Ada", oauthreg.FieldLastName: "Quill", oauthreg.FieldLocation: "Porto",
		oauthreg.FieldDescription: "Letterpress", oauthreg.FieldURL: "https://ada.example/", oauthreg.FieldAvatarURL: "https://img.example/ada.png",
		"phone": "", "": "", "Email": "", "id": "", "raw": "",
	}
	p, nobody := &oauthreg.Pending{Profile: full}, &oauthreg.Pending{}
	for field, want := range values {
		assert.Equal(t, want, p.Value(field), field)
		assert.Equal(t, want == "", len(p.Missing(field)) == 1, field)
		assert.Empty(t, nobody.Value(field))
	}
	required := []string{oauthreg.FieldEmail, "phone", oauthreg.FieldName, "terms"}
	assert.Equal(t, []string{"phone", "terms"}, p.Missing(required...), "in the order asked for")
	assert.Equal(t, []string{oauthreg.FieldEmail, "phone", oauthreg.FieldName, "terms"}, required, "the caller's slice stays")
	assert.Equal(t, required, nobody.Missing(required...))
	assert.Empty(t, nobody.Missing())
}

// An address that another user has is none to register with.
func TestAnAddressInUseIsAskedAnew(t *testing.T) {
	t.Parallel()
	p := &oauthreg.Pending{Profile: ada, EmailInUse: true}
	form := url.Values{}
	p.Prefill(form)
	assert.False(t, form.Has(oauthreg.FieldEmail))
	assert.True(t, form.Has(oauthreg.FieldUsername))
	assert.Equal(t, []string{oauthreg.FieldEmail}, p.Missing(oauthreg.FieldUsername, oauthreg.FieldEmail))
	view := p.View(oauthreg.FieldEmail)
	assert.Equal(t, []string{oauthreg.FieldEmail}, view.Missing)
	assert.Equal(t, "ada@example.com", view.Values[oauthreg.FieldEmail], "what it is about may be shown")
}

// C3: an app that requires an address asks for it, and does not take it for
// verified.
func TestEmailThatTheProviderDoesNotGiveIsAsked(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		assert.Equal(t, []string{oauthreg.FieldEmail}, a.toForm(b, bob).Missing)
		p := a.pending(b)
		assert.False(t, p.EmailVerified("bob@example.com"))
		assert.False(t, p.EmailVerified(""))
	})
}
