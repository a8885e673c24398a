// Package usernames suggests usernames that are free and that the app's rules
// allow, from what a provider said of a person.
//
//	names, err := usernames.Suggest(ctx, pending.Profile, usernames.Rules{
//		Taken: func(ctx context.Context, candidates []string) ([]string, error) {
//			return db.UsernamesTaken(ctx, candidates) // one query for all
//		},
//	})
//
// # Which name for which need
//
//   - To fill in the field of the form, show the first that [Suggest] returns,
//     and the others beside it.
//   - For the app's own rules, fill in [Rules]: alphabet, length, and which
//     usernames are taken.
//   - To forbid more words, or to check what the form posts, start from
//     [Reserved].
//
// # Errors
//
// [Suggest] returns every fault of its Rules at once, as
// [*provider.ConfigError] values, and the error of Rules.Taken as it is. That
// nothing is free is no error: the list is shorter, or empty, and the person
// types a name.
//
// # Security
//
// A profile is a stranger's input: only characters of the app's alphabet come
// out, reserved words and what reads like them do not. The part of an e-mail
// address that is suggested is not public yet: show the suggestions to the
// person only. The classic mistake is to take a suggestion for a reservation;
// only a unique index is one.
package usernames
