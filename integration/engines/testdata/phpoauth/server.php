<?php
/*
 * An OAuth 1.0a provider on OAuthProvider of PHP's oauth extension
 * (php-oauth), served by PHP's own web server (php-cli).
 *
 * The file is two programs: run from a shell it starts "php -S" on itself, and
 * is then what that server runs for each request. PHP forgets everything
 * between requests, so the tables are in a file.
 *
 * What the extension cannot do: repeated parameters without "[]" in their
 * names, of which PHP keeps the last, and names with a dot or a blank, which
 * PHP rewrites. The second is put right below, through the extension's own
 * setParam.
 */

declare(strict_types=1);

const WINDOW = 300; // seconds that a timestamp may be off

if (PHP_SAPI === 'cli') {
    launch();
    exit(0);
}

final class Refused extends Exception
{
}

$state = new State(getenv('STATE'));
$method = $_SERVER['REQUEST_METHOD'];
$path = explode('?', $_SERVER['REQUEST_URI'], 2)[0];
if ($path === '/_stats') {
    json(200, ['requests' => (object) $state->tables['requests'], 'refused' => $state->tables['refused'],
        'reasons' => $state->tables['reasons']]);
    return;
}
$state->tables['requests'][$path] = ($state->tables['requests'][$path] ?? 0) + 1;
try {
    answer($state, $method, $path);
} catch (OAuthException | Refused $refusal) {
    $state->tables['refused']++;
    $state->tables['reasons'][] = "$path: {$refusal->getMessage()} {$refusal->getCode()} "
        . ($refusal->additionalInfo ?? '');
    refuse($path, $refusal);
}
$state->save();

function answer(State $state, string $method, string $path): void
{
    match ("$method $path") {
        'POST /oauth/request_token' => request_token($state),
        'GET /oauth/authenticate', 'GET /oauth/authorize' => authorize($state),
        'POST /oauth/access_token' => access_token($state),
        'GET /1.1/account/verify_credentials.json' => verify_credentials(signed($state)),
        'GET /2/users/me' => users_me(signed($state)),
        'POST /1.1/oauth/invalidate_token.json' => invalidate($state),
        'GET /1.1/echo.json', 'POST /1.1/echo.json' => echo_back($state, $method),
        default => json(404, ['errors' => [['code' => 34, 'message' => 'Sorry, that page does not exist.']]]),
    };
}

function request_token(State $state): void
{
    $provider = provider($state, fn() => OAUTH_TOKEN_REJECTED);
    $provider->isRequestTokenEndpoint(true);
    $provider->addRequiredParameter('oauth_callback');
    check($provider);
    if ($provider->callback !== 'oob' && !preg_match('{^https?://}', $provider->callback)) {
        throw new Refused('no usable oauth_callback');
    }
    $key = token(40);
    $secret = token(40);
    $state->tables['temporary'][$key] = ['secret' => $secret, 'callback' => $provider->callback];
    html(200, form(['oauth_token' => $key, 'oauth_token_secret' => $secret, 'oauth_callback_confirmed' => 'true']));
}

function authorize(State $state): void
{
    $key = $_GET['oauth_token'] ?? '';
    $entry = $state->tables['temporary'][$key] ?? null;
    $person = isset($_GET['person']) ? person($_GET['person']) : people()[0];
    if ($entry === null || isset($entry['verifier']) || $person === null) {
        html(403, '<p>Whoa there! The request token for this page is invalid.</p>');
        return;
    }
    if (($_GET['deny'] ?? '') === '1') {
        unset($state->tables['temporary'][$key]);
        $brought = form(['denied' => $key]);
    } else {
        $verifier = token(32);
        $state->tables['temporary'][$key] += ['verifier' => $verifier, 'person' => (string) $person['id']];
        $brought = form(['oauth_token' => $key, 'oauth_verifier' => $verifier]);
    }
    html(302, '');
    header('Location: ' . $entry['callback'] . (str_contains($entry['callback'], '?') ? '&' : '?') . $brought, true, 302);
}

function access_token(State $state): void
{
    $provider = provider($state, function (OAuthProvider $provider) use ($state): int {
        $entry = $state->tables['temporary'][$provider->token] ?? null;
        if ($entry === null) {
            return OAUTH_TOKEN_REJECTED;
        }
        if (!isset($entry['verifier']) || !hash_equals($entry['verifier'], (string) $provider->verifier)) {
            return OAUTH_VERIFIER_INVALID;
        }
        $provider->token_secret = key_part($entry['secret']);
        return OAUTH_OK;
    });
    $provider->addRequiredParameter('oauth_verifier');
    check($provider);
    $person = person($state->tables['temporary'][$provider->token]['person']);
    unset($state->tables['temporary'][$provider->token]);
    $key = $person['id'] . '-' . token(30);
    $secret = token(40);
    $state->tables['accesses'][$key] = ['secret' => $secret, 'person' => (string) $person['id']];
    html(200, form(['oauth_token' => $key, 'oauth_token_secret' => $secret,
        'user_id' => (string) $person['id'], 'screen_name' => $person['screen_name']]));
}

function verify_credentials(OAuthProvider $provider): void
{
    $person = person($provider->person);
    $profile = [
        'id' => (int) $person['id'], 'id_str' => (string) $person['id'],
        'name' => $person['name'], 'screen_name' => $person['screen_name'],
        'location' => '', 'description' => null, 'url' => null, 'protected' => false, 'verified' => false,
        'created_at' => 'Wed Oct 21 23:53:04 +0000 2015',
        'profile_image_url' => str_replace('https:', 'http:', picture($person)),
        'profile_image_url_https' => picture($person),
    ];
    if (($_GET['include_email'] ?? '') === 'true') {
        $profile['email'] = $person['email'] ?? null;
    }
    json(200, $profile);
}

function users_me(OAuthProvider $provider): void
{
    $person = person($provider->person);
    $profile = ['id' => (string) $person['id'], 'name' => $person['name'], 'username' => $person['screen_name']];
    if (in_array('profile_image_url', explode(',', $_GET['user_fields'] ?? ''), true)) {
        $profile['profile_image_url'] = picture($person);
    }
    json(200, ['data' => $profile]);
}

function invalidate(State $state): void
{
    $key = signed($state)->token;
    unset($state->tables['accesses'][$key]);
    json(200, ['access_token' => $key]);
}

function echo_back(State $state, string $method): void
{
    signed($state);
    json(200, ['method' => $method, 'query' => pairs($_SERVER['QUERY_STRING'] ?? ''), 'form' => posted()]);
}

function signed(State $state): OAuthProvider
{
    $provider = provider($state, function (OAuthProvider $provider) use ($state): int {
        $access = $state->tables['accesses'][$provider->token] ?? null;
        if ($access === null) {
            return OAUTH_TOKEN_REVOKED;
        }
        $provider->token_secret = key_part($access['secret']);
        $provider->person = $access['person'];
        return OAUTH_OK;
    });
    check($provider);
    return $provider;
}

function provider(State $state, callable $token_handler): OAuthProvider
{
    $provider = new Provider();
    $provider->consumerHandler(function (OAuthProvider $provider): int {
        if ($provider->consumer_key !== getenv('CONSUMER_KEY')) {
            return OAUTH_CONSUMER_KEY_UNKNOWN;
        }
        $provider->consumer_secret = key_part(getenv('CONSUMER_SECRET'));
        return OAUTH_OK;
    });
    $provider->tokenHandler($token_handler);
    $provider->timestampNonceHandler(function (OAuthProvider $provider) use ($state): int {
        if (!preg_match('/^\d{10}$/D', (string) $provider->timestamp) || abs(time() - (int) $provider->timestamp) > WINDOW) {
            return OAUTH_BAD_TIMESTAMP;
        }
        $used = json_encode([$provider->token, $provider->timestamp, $provider->nonce]);
        if ((string) $provider->nonce === '' || isset($state->tables['nonces'][$used])) {
            return OAUTH_BAD_NONCE;
        }
        $state->tables['nonces'][$used] = true;
        return OAUTH_OK;
    });
    return $provider;
}

/** Provider says which person a token is of, too. */
final class Provider extends OAuthProvider
{
    public ?string $person = null;
}

/**
 * key_part encodes a secret as RFC 5849 section 3.4.2 wants it in the key. The
 * extension's client does so by itself, its OAuthProvider does not.
 */
function key_part(string $secret): string
{
    return oauth_urlencode($secret);
}

function check(OAuthProvider $provider): void
{
    if ($provider->signature_method !== null && $provider->signature_method !== 'HMAC-SHA1') {
        throw new Refused('only HMAC-SHA1 is accepted');
    }
    // The extension signs over what PHP parsed. Where PHP rewrote a name, the
    // rewritten one is taken out and the one that was sent put in.
    foreach ([...pairs($_SERVER['QUERY_STRING'] ?? ''), ...posted()] as [$name, $value]) {
        $rewritten = array_key_first(parsed(rawurlencode($name) . '='));
        if ($rewritten !== null && $rewritten !== $name && !str_contains($name, '[')) {
            $provider->setParam($rewritten, null);
            $provider->setParam($name, $value);
        }
    }
    $provider->checkOAuthRequest();
}

function parsed(string $query): array
{
    parse_str($query, $result);
    return $result;
}

function posted(): array
{
    $type = strtolower(trim(explode(';', $_SERVER['CONTENT_TYPE'] ?? '')[0]));
    return $type === 'application/x-www-form-urlencoded' ? pairs(file_get_contents('php://input')) : [];
}

function pairs(string $text): array
{
    $pairs = [];
    foreach (array_filter(explode('&', $text), 'strlen') as $pair) {
        $halves = explode('=', $pair, 2);
        $pairs[] = [urldecode($halves[0]), urldecode($halves[1] ?? '')];
    }
    return $pairs;
}

function form(array $members): string
{
    return http_build_query($members, '', '&', PHP_QUERY_RFC3986);
}

function token(int $length): string
{
    $alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
    $text = '';
    for ($i = 0; $i < $length; $i++) {
        $text .= $alphabet[random_int(0, 61)];
    }
    return substr_replace($text, getenv('ODD') === '1' ? '+/=&% ~"é' : '', intdiv($length, 2), 0);
}

function people(): array
{
    return json_decode(file_get_contents(getenv('PEOPLE')), true, 8, JSON_THROW_ON_ERROR);
}

function person(string $id): ?array
{
    foreach (people() as $person) {
        if ((string) $person['id'] === $id) {
            return $person;
        }
    }
    return null;
}

function picture(array $person): string
{
    return "https://pbs.twimg.com/profile_images/{$person['id']}/picture_normal.jpg";
}

function html(int $status, string $text): void
{
    http_response_code($status);
    header('Content-Type: text/html; charset=utf-8');
    echo $text;
}

function json(int $status, array $value): void
{
    http_response_code($status);
    header('Content-Type: application/json; charset=utf-8');
    echo json_encode($value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR);
}

function refuse(string $path, Exception $refusal): void
{
    if (str_starts_with($path, '/2/')) {
        json(401, ['title' => 'Unauthorized', 'type' => 'about:blank', 'status' => 401, 'detail' => 'Unauthorized']);
        return;
    }
    $error = $refusal->getCode() === OAUTH_TOKEN_REVOKED
        ? ['code' => 89, 'message' => 'Invalid or expired token.']
        : ['code' => 32, 'message' => 'Could not authenticate you.'];
    json(401, ['errors' => [$error]]);
}

/** State is the provider's tables, locked for the length of one request. */
final class State
{
    public array $tables;

    /** @var resource */
    private $file;

    public function __construct(string $path)
    {
        $this->file = fopen($path, 'c+');
        flock($this->file, LOCK_EX);
        $text = stream_get_contents($this->file);
        $this->tables = $text !== '' ? unserialize($text) : [
            'temporary' => [], 'accesses' => [], 'nonces' => [], 'requests' => [], 'refused' => 0, 'reasons' => [],
        ];
    }

    public function save(): void
    {
        ftruncate($this->file, 0);
        rewind($this->file);
        fwrite($this->file, serialize($this->tables));
        fflush($this->file);
    }
}

function launch(): void
{
    $state = tempnam(sys_get_temp_dir(), 'phpoauth');
    $server = proc_open(
        // display_errors off: a warning in a body would look like an answer.
        [PHP_BINARY, '-d', 'display_errors=0', '-d', 'log_errors=1', '-S', '127.0.0.1:0', __FILE__],
        [0 => ['file', '/dev/null', 'r'], 1 => ['file', '/dev/null', 'w'], 2 => ['pipe', 'w']],
        $pipes,
        null,
        ['STATE' => $state] + getenv(),
    );
    $stop = function () use ($server, $state): never {
        proc_terminate($server);
        unlink($state);
        exit(0);
    };
    pcntl_async_signals(true);
    pcntl_signal(SIGTERM, $stop);
    pcntl_signal(SIGINT, $stop);
    $ready = false;
    while (true) {
        $readable = getenv('LIFELINE') === '1' ? [$pipes[2], STDIN] : [$pipes[2]];
        $none = null;
        if (!@stream_select($readable, $none, $none, null)) {
            continue;
        }
        if (in_array(STDIN, $readable, true) && fread(STDIN, 4096) === '') {
            $stop();
        }
        if (!in_array($pipes[2], $readable, true)) {
            continue;
        }
        $line = fgets($pipes[2]);
        if ($line === false) {
            $stop();
        }
        if (!$ready && preg_match('{\((http://127\.0\.0\.1:\d+)\) started}', $line, $match)) {
            $ready = true;
            echo "listening {$match[1]}\n";
        } elseif (!preg_match('/ (Accepted|Closing|\[\d+\]:)/', $line)) {
            fwrite(STDERR, $line); // what the server has to say beside its access log
        }
    }
}
