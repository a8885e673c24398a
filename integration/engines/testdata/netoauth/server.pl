# An OAuth 1.0a provider on Net::OAuth (libnet-oauth-perl), served by
# HTTP::Daemon (libhttp-daemon-perl).
#
# Net::OAuth verifies signatures and that required parameters are there;
# nonces, timestamps and tokens are its host's business. What it cannot do:
#
#   - non-ASCII in protocol parameters: it decodes their percent-encoding to
#     bytes and then encodes each byte as a character, so ODD leaves "é" out;
#   - a repeated parameter: its extra_params is a hash.

use strict;
use warnings;
use utf8;

use Encode qw(decode encode);
use HTTP::Daemon;
use HTTP::Response;
use IO::Select;
use JSON::PP;
use Net::OAuth;
use URI;
use URI::Escape qw(uri_escape_utf8 uri_unescape);

$Net::OAuth::PROTOCOL_VERSION = Net::OAuth::PROTOCOL_VERSION_1_0A;

my $ODD      = ($ENV{ODD} // '') eq '1' ? '+/=&% ~"' : '';
my $WINDOW   = 300;                                            # seconds that a timestamp may be off
my $KEY      = $ENV{CONSUMER_KEY};
my $SECRET   = decode('UTF-8', $ENV{CONSUMER_SECRET});
my @ALPHABET = ('A' .. 'Z', 'a' .. 'z', '0' .. '9');
my $JSON     = JSON::PP->new->utf8->canonical;

my @people = @{ $JSON->decode(read_file($ENV{PEOPLE})) };
my (%temporary, %accesses, %nonces);
my %stats = (requests => {}, refused => 0, reasons => []);

my %routes = (
    'POST /oauth/request_token'                => sub { html(200, request_token(shift)) },
    'GET /oauth/authenticate'                  => \&authorize,
    'GET /oauth/authorize'                     => \&authorize,
    'POST /oauth/access_token'                 => sub { html(200, access_token(shift)) },
    'GET /1.1/account/verify_credentials.json' => \&verify_credentials,
    'GET /2/users/me'                          => \&users_me,
    'POST /1.1/oauth/invalidate_token.json'    => \&invalidate,
    'GET /1.1/echo.json'                       => \&echo_back,
    'POST /1.1/echo.json'                      => \&echo_back,
);

serve();

sub request_token {
    my $req = shift;
    my $message = verified($req, 'request token');
    my $callback = $message->callback;
    refuse('no usable oauth_callback') unless $callback eq 'oob' or $callback =~ m{^https?://};
    my $key = token(40);
    $temporary{$key} = { secret => token(40), callback => $callback };
    return form(
        oauth_token              => $key,
        oauth_token_secret       => $temporary{$key}{secret},
        oauth_callback_confirmed => 'true',
    );
}

sub authorize {
    my $req = shift;
    my %query = map { @$_ } @{ $req->{query} };
    my $key = $query{oauth_token} // '';
    my $entry = $temporary{$key};
    my ($person) = defined $query{person} ? grep { "$_->{id}" eq $query{person} } @people : @people;
    return html(403, '<p>Whoa there! The request token for this page is invalid.</p>')
        if !$entry or defined $entry->{verifier} or !$person;
    my $brought;
    if (($query{deny} // '') eq '1') {
        delete $temporary{$key};
        $brought = form(denied => $key);
    }
    else {
        $entry->{verifier} = token(32);
        $entry->{person}   = $person;
        $brought = form(oauth_token => $key, oauth_verifier => $entry->{verifier});
    }
    my $answer = html(302, '');
    $answer->header(Location => $entry->{callback} . ($entry->{callback} =~ /\?/ ? '&' : '?') . $brought);
    return $answer;
}

sub access_token {
    my $req = shift;
    my $entry = $temporary{ $req->{oauth}{oauth_token} // '' } or refuse('request token unknown or used');
    my $message = verified($req, 'access token', $entry->{secret});
    refuse('verifier is wrong') unless defined $entry->{verifier} and $entry->{verifier} eq $message->verifier;
    delete $temporary{ $message->token };
    my $person = $entry->{person};
    my $key = "$person->{id}-" . token(30);
    $accesses{$key} = { secret => token(40), person => $person };
    return form(
        oauth_token        => $key,
        oauth_token_secret => $accesses{$key}{secret},
        user_id            => $person->{id},
        screen_name        => $person->{screen_name},
    );
}

sub verify_credentials {
    my $req = shift;
    my $person = signed($req)->{person};
    my %query = map { @$_ } @{ $req->{query} };
    my $picture = "https://pbs.twimg.com/profile_images/$person->{id}/picture_normal.jpg";
    my $profile = {
        id => 0 + $person->{id}, id_str => "$person->{id}",
        name => $person->{name}, screen_name => $person->{screen_name},
        location => '', description => undef, url => undef,
        protected => JSON::PP::false, verified => JSON::PP::false,
        created_at => 'Wed Oct 21 23:53:04 +0000 2015',
        profile_image_url => $picture =~ s/^https/http/r, profile_image_url_https => $picture,
    };
    $profile->{email} = $person->{email} if ($query{include_email} // '') eq 'true';
    return json(200, $profile);
}

sub users_me {
    my $req = shift;
    my $person = signed($req)->{person};
    my %query = map { @$_ } @{ $req->{query} };
    my $profile = { id => "$person->{id}", name => $person->{name}, username => $person->{screen_name} };
    $profile->{profile_image_url} = "https://pbs.twimg.com/profile_images/$person->{id}/picture_normal.jpg"
        if grep { $_ eq 'profile_image_url' } split /,/, $query{'user.fields'} // '';
    return json(200, { data => $profile });
}

sub invalidate {
    my $req = shift;
    signed($req);
    my $key = $req->{oauth}{oauth_token};
    delete $accesses{$key};
    return json(200, { access_token => $key });
}

sub echo_back {
    my $req = shift;
    signed($req);
    return json(200, { method => $req->{method}, query => $req->{query}, form => $req->{form} });
}

sub signed {
    my $req = shift;
    my $access = $accesses{ $req->{oauth}{oauth_token} // '' }
        or die { reason => 'access token unknown or dead', code => 89 };
    verified($req, 'protected resource', $access->{secret});
    return $access;
}

# verified returns the message, or dies. It leaves the reading of the header,
# the base string and the signature to Net::OAuth.
sub verified {
    my ($req, $kind, $token_secret) = @_;
    my %extra;
    for my $pair (@{ $req->{query} }, @{ $req->{form} }) {
        my ($name, $value) = @$pair;
        refuse("$name comes more than once") if exists $extra{$name};
        $extra{$name} = $value;
    }
    # allow_extra_params is off for access tokens: Net::OAuth would not count
    # them in the signature and would not refuse them either.
    refuse('parameters beside the protocol\'s') if %extra and $kind eq 'access token';
    my $message = eval {
        Net::OAuth->request($kind)->from_authorization_header(
            $req->{authorization},
            request_method  => $req->{method},
            request_url     => $req->{url},
            consumer_secret => $SECRET,
            extra_params    => \%extra,
            (defined $token_secret ? (token_secret => $token_secret) : ()),
        );
    } or refuse($@);
    refuse('consumer key is wrong') unless $message->consumer_key eq $KEY;
    refuse('only HMAC-SHA1 is accepted') unless $message->signature_method eq 'HMAC-SHA1';
    refuse('oauth_version is wrong') if defined $message->version and $message->version ne '1.0';
    refuse('no signature') unless defined $message->signature;
    refuse('signature is wrong, base string here: ' . $message->signature_base_string) unless $message->verify;
    my $stamp = $message->timestamp;
    refuse('timestamp is wrong') unless $stamp =~ /^[0-9]{10}\z/ and abs(time - $stamp) <= $WINDOW;
    refuse('no nonce') unless length $message->nonce;
    refuse('nonce was used') if $nonces{ join "\0", $req->{oauth}{oauth_token} // '', $stamp, $message->nonce }++;
    return $message;
}

sub refuse { die { reason => shift, code => 32 } }

sub answer {
    my ($http, $base) = @_;
    my $path = $http->uri->path;
    return json(200, \%stats) if $path eq '/_stats';
    $stats{requests}{$path}++;
    my $route = $routes{ $http->method . ' ' . $path }
        or return json(404, { errors => [ { code => 34, message => 'Sorry, that page does not exist.' } ] });
    my $authorization = $http->header('Authorization') // '';
    # To look up the secret before Net::OAuth is asked.
    my %oauth = map { uri_unescape($_) } $authorization =~ /(oauth_\w+)="([^"]*)"/g;
    my $is_form = ($http->header('Content-Type') // '') =~ m{^\s*application/x-www-form-urlencoded\s*(;|$)}i;
    my $result = eval {
        $route->({
            method        => $http->method,
            url           => 'http://' . $http->header('Host') . $path,
            authorization => $authorization,
            oauth         => \%oauth,
            query         => pairs($http->uri->query),
            form          => $is_form ? pairs($http->content) : [],
        });
    };
    return $result if $result;
    my $refusal = ref $@ eq 'HASH' ? $@ : { reason => "$@", code => 32 };
    $stats{refused}++;
    push @{ $stats{reasons} }, "$path: $refusal->{reason}";
    return json(401, { title => 'Unauthorized', type => 'about:blank', status => 401, detail => 'Unauthorized' })
        if $path =~ m{^/2/};
    my $message = $refusal->{code} == 89 ? 'Invalid or expired token.' : 'Could not authenticate you.';
    return json(401, { errors => [ { code => $refusal->{code}, message => $message } ] });
}

sub serve {
    my $daemon = HTTP::Daemon->new(LocalAddr => '127.0.0.1', LocalPort => 0, ReuseAddr => 1) or die "listen: $!";
    $| = 1;
    print 'listening http://127.0.0.1:', $daemon->sockport, "\n";
    my $select = IO::Select->new($daemon);
    $select->add(\*STDIN) if ($ENV{LIFELINE} // '') eq '1';
    while (1) {
        for my $ready ($select->can_read) {
            if ($ready != $daemon) {
                exit 0 unless sysread STDIN, my $ignored, 4096;
                next;
            }
            my $connection = $daemon->accept or next;
            $connection->timeout(10);
            # One process serves one connection at a time: none may be kept.
            if (my $http = $connection->get_request) {
                my $response = answer($http);
                $response->header(Connection => 'close');
                $connection->force_last_request;
                $connection->send_response($response);
            }
            $connection->close;
        }
    }
}

sub html { HTTP::Response->new($_[0], undef, [ 'Content-Type' => 'text/html; charset=utf-8' ], encode('UTF-8', $_[1])) }

sub json {
    HTTP::Response->new($_[0], undef, [ 'Content-Type' => 'application/json; charset=utf-8' ], $JSON->encode($_[1]));
}

sub pairs {
    my $text = shift // '';
    return [
        map {
            my ($name, $value) = map { decode('UTF-8', uri_unescape(tr/+/ /r)) } split /=/, $_, 2;
            [ $name, $value // '' ]
        } grep { length } split /&/, $text
    ];
}

sub form {
    my @pairs;
    while (my ($name, $value) = splice @_, 0, 2) {
        push @pairs, uri_escape_utf8($name, '^\w.~-') . '=' . uri_escape_utf8($value, '^\w.~-');
    }
    return join '&', @pairs;
}

sub token {
    my $length = shift;
    open my $random, '<:raw', '/dev/urandom' or die "urandom: $!";
    my $text = '';
    while (length $text < $length) {
        read $random, my $byte, 1 or die "urandom: $!";
        my $number = ord $byte;
        $text .= $ALPHABET[$number % @ALPHABET] if $number < 4 * @ALPHABET;
    }
    substr($text, int($length / 2), 0) = $ODD;
    return $text;
}

sub read_file {
    open my $file, '<:raw', shift or die "PEOPLE: $!";
    local $/;
    return <$file>;
}
