package providers

// secretHint is for a wrong secret that oauth2flow does not know: with
// the status of a code that is too old, people would be told to start again.
const secretHint = "check the client secret, and that it was not reset at the provider"
