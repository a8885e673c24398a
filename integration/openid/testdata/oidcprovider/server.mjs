// An OpenID Connect provider on the npm package oidc-provider.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'

import { Provider } from 'oidc-provider'

const settings = JSON.parse(process.env.SETTINGS)
const people = new Map(settings.people.map((person) => [person.id, person]))

const { privateKey } = generateKeyPairSync('ed25519')
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'ed', alg: 'EdDSA', use: 'sig' }

const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: settings.clients.map((client) => ({
      client_id: client.id,
      client_secret: client.secret || undefined,
      token_endpoint_auth_method: client.secret ? 'client_secret_post' : 'none',
      application_type: client.secret ? 'web' : 'native',
      redirect_uris: client.callbacks,
      grant_types: ['authorization_code', 'refresh_token'],
      id_token_signed_response_alg: 'EdDSA',
    })),
    clientAuthMethods: ['client_secret_post', 'none'],
    enabledJWA: { idTokenSigningAlgValues: ['EdDSA'] },
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    findAccount: (_, id) => people.has(id) && { accountId: id, claims: () => claims(people.get(id)) },
    features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    pkce: { required: () => true },
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 600, RefreshToken: 3600, Session: 600 },
  })
  const rest = provider.callback()
  server.on('request', (req, res) => {
    if (!req.url.startsWith('/interaction/')) {
      return rest(req, res)
    }
    interact(provider, req, res).catch((error) => {
      res.statusCode = 500
      res.end(String(error))
    })
  })
  console.log(`listening ${issuer}`)
})

function claims (person) {
  return {
    sub: person.id,
    name: `${person.given_name} ${person.family_name}`,
    given_name: person.given_name,
    family_name: person.family_name,
    preferred_username: person.username,
    email: person.email,
    email_verified: person.email_verified,
  }
}

// interact does at once what pages would ask a person for.
async function interact (provider, req, res) {
  const cookies = new Map((req.headers.cookie ?? '').split('; ').map((c) => c.split('=', 2)))
  const { params, prompt, session } = await provider.interactionDetails(req, res)
  if (cookies.has('deny')) {
    return provider.interactionFinished(req, res, { error: 'access_denied' })
  }
  if (prompt.name === 'login') {
    const person = settings.people.find((p) => p.username === cookies.get('person'))
    return provider.interactionFinished(req, res, { login: { accountId: person.id } })
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true })
}

process.stdin.on('end', () => process.exit(0))
process.stdin.resume()
