# An OAuth 1.0a provider on the oauth gem's verification (ruby-oauth), served
# by WEBrick (ruby-webrick).
#
# The gem verifies signatures; nonces, timestamps and tokens are its host's
# business.

require "json"
require "openssl"
require "oauth"
require "oauth/request_proxy/base"
require "oauth/signature/hmac/sha1"
require "securerandom"
require "uri"
require "webrick"

Encoding.default_external = Encoding::UTF_8

ODD = ENV["ODD"] == "1" ? '+/=&% ~"é' : ""
WINDOW = 300 # seconds that a timestamp may be off, as Authlib has it

def token(length)
  text = SecureRandom.alphanumeric(length)
  text[0, length / 2] + ODD + text[(length / 2)..]
end

def form(pairs)
  pairs.map { |k, v| "#{OAuth::Helper.escape(k)}=#{OAuth::Helper.escape(v)}" }.join("&")
end

def pairs_of(text)
  URI.decode_www_form(text.to_s.dup.force_encoding(Encoding::UTF_8))
end

class Refused < StandardError
  attr_reader :code

  def initialize(reason, code = 32)
    super(reason)
    @code = code
  end
end

# What the gem has for Rack and others, for WEBrick.
class WEBrickProxy < OAuth::RequestProxy::Base
  proxies WEBrick::HTTPRequest

  def method = request.request_method

  def uri = "http://#{request["Host"]}#{request.unparsed_uri.split("?", 2).first}"

  def parameters
    @parameters ||= begin
      merged = Hash.new { |hash, key| hash[key] = [] }
      (query + body + header.to_a).each { |k, v| merged[k] << v }
      merged.default_proc = nil
      merged.transform_values { |values| values.one? ? values.first : values }
    end
  end

  def query = pairs_of(request.query_string)

  def body
    form? ? pairs_of(request.body) : []
  end

  def header
    text = request["Authorization"].to_s.dup.force_encoding(Encoding::UTF_8)
    return {} unless text.start_with?("OAuth ")
    OAuth::Helper.parse_header(text).select { |k, _| k.start_with?("oauth_") }
  end

  private

  def form?
    request.content_type.to_s.split(";").first.to_s.strip.downcase == "application/x-www-form-urlencoded"
  end
end

class Person
  attr_reader :id, :screen_name

  def initialize(member)
    @id = member["id"].to_s
    @screen_name, @name, @email = member.values_at("screen_name", "name", "email")
    @picture = "https://pbs.twimg.com/profile_images/#{@id}/picture_normal.jpg"
  end

  def v1(include_email)
    profile = {
      id: @id.to_i, id_str: @id, name: @name, screen_name: @screen_name,
      location: "", description: nil, url: nil, protected: false, verified: false,
      created_at: "Wed Oct 21 23:53:04 +0000 2015",
      profile_image_url: @picture.sub("https:", "http:"), profile_image_url_https: @picture,
    }
    profile[:email] = @email if include_email
    profile
  end

  def v2(fields)
    profile = { id: @id, name: @name, username: @screen_name }
    profile[:profile_image_url] = @picture if fields.include?("profile_image_url")
    { data: profile }
  end
end

class Provider
  Temporary = Struct.new(:secret, :callback, :verifier, :person)
  Access = Struct.new(:secret, :person)

  def initialize
    @key = ENV.fetch("CONSUMER_KEY")
    @secret = ENV.fetch("CONSUMER_SECRET").dup.force_encoding(Encoding::UTF_8)
    @people = JSON.parse(File.read(ENV.fetch("PEOPLE"), encoding: "UTF-8")).map { |member| Person.new(member) }
    @temporary = {}
    @accesses = {}
    @nonces = {}
    @stats = { requests: Hash.new(0), refused: 0, reasons: [] }
    @lock = Mutex.new
  end

  def handle(request, response)
    @lock.synchronize do
      if request.path == "/_stats"
        json(response, 200, @stats)
      else
        @stats[:requests][request.path] += 1
        answer(request, response)
      end
    end
  rescue Refused, OAuth::Problem, OAuth::Signature::UnknownSignatureMethod => refusal
    @stats[:refused] += 1
    @stats[:reasons] << "#{request.path}: #{refusal.message}"
    refuse(request, response, refusal)
  end

  private

  def answer(request, response)
    proxy = OAuth::RequestProxy.proxy(request)
    case [request.request_method, request.path]
    in ["POST", "/oauth/request_token"]
      html(response, 200, request_token(proxy))
    in ["GET", "/oauth/authenticate" | "/oauth/authorize"]
      authorize(proxy.query.to_h, response)
    in ["POST", "/oauth/access_token"]
      html(response, 200, access_token(proxy))
    in ["GET", "/1.1/account/verify_credentials.json"]
      json(response, 200, signed(proxy).person.v1(proxy.query.to_h["include_email"] == "true"))
    in ["GET", "/2/users/me"]
      json(response, 200, signed(proxy).person.v2(proxy.query.to_h.fetch("user.fields", "").split(",")))
    in ["POST", "/1.1/oauth/invalidate_token.json"]
      signed(proxy)
      @accesses.delete(proxy.oauth_token)
      json(response, 200, { access_token: proxy.oauth_token })
    in ["GET" | "POST", "/1.1/echo.json"]
      signed(proxy)
      json(response, 200, { method: request.request_method, query: proxy.query, form: proxy.body })
    else
      json(response, 404, { errors: [{ code: 34, message: "Sorry, that page does not exist." }] })
    end
  end

  def request_token(proxy)
    verify(proxy, nil)
    callback = proxy.oauth_callback
    raise Refused, "no usable oauth_callback" unless callback == "oob" || callback.to_s.match?(%r{\Ahttps?://})
    key = token(40)
    @temporary[key] = Temporary.new(token(40), callback)
    form([["oauth_token", key], ["oauth_token_secret", @temporary[key].secret], ["oauth_callback_confirmed", "true"]])
  end

  def authorize(query, response)
    key = query["oauth_token"]
    temporary = @temporary[key]
    person = query.key?("person") ? @people.find { |p| p.id == query["person"] } : @people.first
    if temporary.nil? || temporary.verifier || person.nil?
      return html(response, 403, "<p>Whoa there! The request token for this page is invalid.</p>")
    end
    if query["deny"] == "1"
      @temporary.delete(key)
      brought = [["denied", key]]
    else
      temporary.verifier = token(32)
      temporary.person = person
      brought = [["oauth_token", key], ["oauth_verifier", temporary.verifier]]
    end
    html(response, 302, "")
    response["Location"] = temporary.callback + (temporary.callback.include?("?") ? "&" : "?") + form(brought)
  end

  def access_token(proxy)
    temporary = @temporary[proxy.oauth_token] or raise Refused, "request token unknown or used"
    verify(proxy, temporary.secret)
    unless temporary.verifier && OpenSSL.secure_compare(temporary.verifier, proxy.oauth_verifier.to_s)
      raise Refused, "verifier is wrong"
    end
    @temporary.delete(proxy.oauth_token)
    person = temporary.person
    key = "#{person.id}-#{token(30)}"
    @accesses[key] = Access.new(token(40), person)
    form([["oauth_token", key], ["oauth_token_secret", @accesses[key].secret],
          ["user_id", person.id], ["screen_name", person.screen_name]])
  end

  def signed(proxy)
    access = @accesses[proxy.oauth_token] or raise Refused.new("access token unknown or dead", 89)
    verify(proxy, access.secret)
    access
  end

  def verify(proxy, token_secret)
    raise Refused, "consumer key is wrong" unless proxy.oauth_consumer_key == @key
    repeated = proxy.parameters.find { |k, v| k.start_with?("oauth_") && v.is_a?(Array) }
    raise Refused, "#{repeated.first} comes more than once" if repeated
    raise Refused, "only HMAC-SHA1 is accepted" unless proxy.oauth_signature_method == "HMAC-SHA1"
    raise Refused, "oauth_version is wrong" unless [nil, "1.0"].include?(proxy.oauth_version)
    valid = OAuth::Signature.verify(proxy, token_secret: token_secret, consumer_secret: @secret)
    raise Refused, "signature is wrong, base string here: #{proxy.signature_base_string}" unless valid
    stamp = proxy.oauth_timestamp.to_s
    unless stamp.match?(/\A\d{10}\z/) && (Time.now.to_i - stamp.to_i).abs <= WINDOW
      raise Refused, "timestamp is wrong"
    end
    raise Refused, "no nonce" if proxy.oauth_nonce.to_s.empty?
    used = [proxy.oauth_token, stamp, proxy.oauth_nonce]
    raise Refused, "nonce was used" if @nonces.key?(used)
    @nonces[used] = true
  end

  def refuse(request, response, refusal)
    if request.path.start_with?("/2/")
      return json(response, 401, { title: "Unauthorized", type: "about:blank", status: 401, detail: "Unauthorized" })
    end
    code = refusal.is_a?(Refused) ? refusal.code : 32
    message = code == 89 ? "Invalid or expired token." : "Could not authenticate you."
    json(response, 401, { errors: [{ code: code, message: message }] })
  end

  def html(response, status, text)
    response.status = status
    response["Content-Type"] = "text/html; charset=utf-8"
    response.body = text
  end

  def json(response, status, value)
    response.status = status
    response["Content-Type"] = "application/json; charset=utf-8"
    response.body = JSON.generate(value)
  end
end

provider = Provider.new
server = WEBrick::HTTPServer.new(
  BindAddress: "127.0.0.1", Port: 0, AccessLog: [], Logger: WEBrick::Log.new($stderr, WEBrick::Log::WARN),
  StartCallback: -> { puts "listening http://127.0.0.1:#{server.listeners.first.addr[1]}"; $stdout.flush },
)
server.mount_proc("/") { |request, response| provider.handle(request, response) }
Thread.new { $stdin.read; exit! } if ENV["LIFELINE"] == "1"
trap("TERM") { exit! }
server.start
