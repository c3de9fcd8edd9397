// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/curl_transport.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace assay::kube {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr long connect_timeout_ms = 10'000;
constexpr int poll_ms = 1000;
constexpr std::chrono::minutes token_age{1};
constexpr std::size_t queued_chunks_limit = 64;

// One exchange, shared between its caller and the I/O thread; mutex guards
// everything but the handle.
struct Exchange {
  explicit Exchange(const Request &wanted) : request(&wanted) {}
  ~Exchange() {
    curl_slist_free_all(header_list);
    curl_easy_cleanup(easy);
  }
  Exchange(const Exchange &) = delete;
  Exchange &operator=(const Exchange &) = delete;

  const Request *request;
  CURL *easy = curl_easy_init();
  curl_slist *header_list = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  std::string body_to_send;
  std::size_t max_body_bytes = 0;
  bool streams = false;

  std::mutex mutex;
  std::condition_variable_any changed;
  Response response;
  std::deque<std::string> chunks; // of a stream, not yet taken by the caller
  bool paused = false;
  bool too_large = false;
  bool done = false;
  CURLcode code = CURLE_OK;
};

std::size_t on_header(char *data, std::size_t size, std::size_t count,
                      void *user) {
  auto &exchange = *static_cast<Exchange *>(user);
  const std::string_view line(data, size * count);
  const std::scoped_lock lock(exchange.mutex);
  if (line.starts_with("HTTP/")) {
    exchange.response.headers.clear();
    const std::size_t space = line.find(' ');
    exchange.response.status =
        space == std::string_view::npos
            ? 0
            : std::atoi(std::string(line.substr(space + 1)).c_str());
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    value = value.substr(0, value.find_last_not_of("\r\n \t") + 1);
    exchange.response.headers[name] = value;
  }
  return line.size();
}

std::size_t on_body(char *data, std::size_t size, std::size_t count,
                    void *user) {
  auto &exchange = *static_cast<Exchange *>(user);
  const std::size_t bytes = size * count;
  const std::scoped_lock lock(exchange.mutex);
  const bool success =
      exchange.response.status >= 200 && exchange.response.status <= 299;
  if (exchange.streams && success) {
    if (exchange.chunks.size() >= queued_chunks_limit) {
      exchange.paused = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    exchange.chunks.emplace_back(data, bytes);
    exchange.changed.notify_all();
    return bytes;
  }
  if (exchange.response.body.size() + bytes > exchange.max_body_bytes) {
    exchange.too_large = true;
    return 0;
  }
  exchange.response.body.append(data, bytes);
  return bytes;
}

Error::Kind kind_of(CURLcode code) {
  switch (code) {
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
    return Error::Kind::tls;
  case CURLE_OPERATION_TIMEDOUT:
    return Error::Kind::network; // only connecting has a limit of curl's own
  default:
    return Error::Kind::network;
  }
}

std::string_view advice(CURLcode code) {
  switch (code) {
  case CURLE_COULDNT_RESOLVE_HOST:
    return "; the host name in the kubeconfig's server is not known here";
  case CURLE_COULDNT_CONNECT:
    return "; nothing answers there: is the API server up, is this the right "
           "context?";
  case CURLE_PEER_FAILED_VERIFICATION:
    return "; the certificate is not the one the kubeconfig's "
           "certificate-authority vouches for, "
           "has expired, or is for another name";
  default:
    return {};
  }
}

curl_blob blob_of(const std::string &pem) {
  return {const_cast<char *>(pem.data()), pem.size(), CURL_BLOB_COPY};
}

struct HostAndPort {
  std::string host;
  std::string port;
};

HostAndPort host_of(const std::string &server) {
  CURLU *url = curl_url();
  HostAndPort result;
  if (curl_url_set(url, CURLUPART_URL, server.c_str(), 0) == CURLUE_OK) {
    for (auto [part, into] : {std::pair(CURLUPART_HOST, &result.host),
                              std::pair(CURLUPART_PORT, &result.port)}) {
      char *text = nullptr;
      if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK) {
        *into = text;
        curl_free(text);
      }
    }
  }
  curl_url_cleanup(url);
  return result;
}

} // namespace

// The I/O thread and what it owns.
class CurlTransport::Loop {
public:
  explicit Loop(Connection connection) : connection_(std::move(connection)) {
    if (!connection_.tls_server_name.empty()) {
      const HostAndPort real = host_of(connection_.server);
      // The certificate is checked against the name in the URL, so the URL gets
      // that name and the connection goes to the real host.
      const std::string named =
          fmt::format("{}:{}", connection_.tls_server_name, real.port);
      connect_to_ = curl_slist_append(
          nullptr,
          fmt::format("{}:{}:{}", named, real.host, real.port).c_str());
      base_ = "https://" + named;
    } else {
      base_ = connection_.server;
    }
    while (base_.ends_with('/')) {
      base_.pop_back();
    }
    thread_ = std::jthread([this](const std::stop_token &stop) { turn(stop); });
  }

  ~Loop() {
    thread_.request_stop();
    curl_multi_wakeup(multi_);
    thread_.join();
    curl_multi_cleanup(multi_);
    curl_slist_free_all(connect_to_);
  }
  Loop(const Loop &) = delete;
  Loop &operator=(const Loop &) = delete;

  Result<Response> send(const Request &request, const Limit &limit) {
    if (limit.stop.stop_requested()) {
      return std::unexpected(ended(limit));
    }
    auto exchange = std::make_shared<Exchange>(request);
    prepare(*exchange);
    enqueue(exchange);
    Result<Response> answer = exchange->streams ? streamed(*exchange, limit)
                                                : whole(*exchange, limit);
    bool done = false;
    {
      const std::scoped_lock lock(exchange->mutex);
      done = exchange->done;
    }
    if (!done) {
      cancel(exchange);
    }
    return answer;
  }

private:
  template <class Value>
  static void set(Exchange &exchange, CURLoption option, Value value) {
    curl_easy_setopt(exchange.easy, option, value);
  }

  void prepare(Exchange &exchange) {
    const Request &request = *exchange.request;
    exchange.max_body_bytes = request.max_body_bytes;
    exchange.streams = static_cast<bool>(request.on_chunk);
    exchange.body_to_send = request.body;
    set(exchange, CURLOPT_URL, (base_ + request.path).c_str());
    set(exchange, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (!request.body.empty()) {
      set(exchange, CURLOPT_POSTFIELDSIZE_LARGE,
          static_cast<curl_off_t>(exchange.body_to_send.size()));
      set(exchange, CURLOPT_POSTFIELDS, exchange.body_to_send.c_str());
    }
    set(exchange, CURLOPT_NOSIGNAL, 1L);
    set(exchange, CURLOPT_FOLLOWLOCATION, 0L);
    set(exchange, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
    set(exchange, CURLOPT_HTTP_VERSION,
        static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(exchange, CURLOPT_PIPEWAIT, 1L);
    set(exchange, CURLOPT_ACCEPT_ENCODING, exchange.streams ? nullptr : "gzip");
    set(exchange, CURLOPT_PROTOCOLS_STR, "https,http");
    set(exchange, CURLOPT_TCP_KEEPALIVE, 1L);
    set(exchange, CURLOPT_ERRORBUFFER, exchange.error_text.data());
    set(exchange, CURLOPT_HEADERFUNCTION, on_header);
    set(exchange, CURLOPT_HEADERDATA, &exchange);
    set(exchange, CURLOPT_WRITEFUNCTION, on_body);
    set(exchange, CURLOPT_WRITEDATA, &exchange);
    set(exchange, CURLOPT_PRIVATE, &exchange);
    add_headers(exchange);
    add_trust(exchange);
    add_identity(exchange);
  }

  void add_headers(Exchange &exchange) {
    const auto add = [&](const std::string &line) {
      exchange.header_list =
          curl_slist_append(exchange.header_list, line.c_str());
    };
    for (const auto &[name, value] : exchange.request->headers) {
      add(fmt::format("{}: {}", name, value));
    }
    if (const std::string token = bearer(); !token.empty()) {
      add("Authorization: Bearer " + token);
    }
    if (!connection_.impersonate.empty()) {
      add("Impersonate-User: " + connection_.impersonate);
    }
    add("User-Agent: assay");
    add("Expect:");
    set(exchange, CURLOPT_HTTPHEADER, exchange.header_list);
  }

  void add_trust(Exchange &exchange) {
    if (connection_.insecure_skip_tls_verify) {
      set(exchange, CURLOPT_SSL_VERIFYPEER, 0L);
      set(exchange, CURLOPT_SSL_VERIFYHOST, 0L);
    } else if (!connection_.ca_pem.empty()) {
      curl_blob blob = blob_of(connection_.ca_pem);
      set(exchange, CURLOPT_CAINFO_BLOB, &blob);
    }
    if (connect_to_ != nullptr) {
      set(exchange, CURLOPT_CONNECT_TO, connect_to_);
    }
    if (!connection_.proxy_url.empty()) {
      set(exchange, CURLOPT_PROXY, connection_.proxy_url.c_str());
    }
  }

  void add_identity(Exchange &exchange) {
    if (!connection_.client_certificate_pem.empty()) {
      curl_blob certificate = blob_of(connection_.client_certificate_pem);
      curl_blob key = blob_of(connection_.client_key_pem);
      set(exchange, CURLOPT_SSLCERT_BLOB, &certificate);
      set(exchange, CURLOPT_SSLKEY_BLOB, &key);
    }
    if (!connection_.username.empty()) {
      set(exchange, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
      set(exchange, CURLOPT_USERNAME, connection_.username.c_str());
      set(exchange, CURLOPT_PASSWORD, connection_.password.c_str());
    }
  }

  std::string bearer() {
    if (connection_.token_file.empty()) {
      return connection_.token;
    }
    const std::scoped_lock lock(token_mutex_);
    const auto now = steady_clock::now();
    if (file_token_.empty() || now - token_read_ > token_age) {
      std::ifstream stream(connection_.token_file);
      std::string token{std::istreambuf_iterator<char>(stream), {}};
      token.erase(token.find_last_not_of(" \r\n\t") + 1);
      file_token_ = token;
      token_read_ = now;
    }
    return file_token_;
  }

  Error ended(const Limit &limit) const {
    return limit.stop.stop_requested()
               ? Error{Error::Kind::cancelled, 0, "", "the run was interrupted"}
               : Error{Error::Kind::timeout, 0, "",
                       fmt::format("{} did not answer in time",
                                   connection_.server)};
  }

  // Call with the exchange's mutex held and done set.
  Result<Response> result_of(Exchange &exchange) const {
    if (exchange.too_large) {
      return std::unexpected(
          Error{Error::Kind::protocol, 0, "",
                fmt::format("an answer of {} is larger than {} bytes",
                            connection_.server, exchange.max_body_bytes)});
    }
    if (exchange.code != CURLE_OK) {
      const std::string_view words = exchange.error_text[0] != '\0'
                                         ? exchange.error_text.data()
                                         : curl_easy_strerror(exchange.code);
      return std::unexpected(Error{kind_of(exchange.code), 0, "",
                                   fmt::format("{}: {}{}", connection_.server,
                                               words, advice(exchange.code))});
    }
    return std::move(exchange.response);
  }

  Result<Response> whole(Exchange &exchange, const Limit &limit) {
    std::unique_lock lock(exchange.mutex);
    exchange.changed.wait_until(lock, limit.stop, limit.deadline,
                                [&] { return exchange.done; });
    return exchange.done ? result_of(exchange) : std::unexpected(ended(limit));
  }

  Result<Response> streamed(Exchange &exchange, const Limit &limit) {
    std::unique_lock lock(exchange.mutex);
    for (;;) {
      exchange.changed.wait_until(lock, limit.stop, limit.deadline, [&] {
        return exchange.done || !exchange.chunks.empty();
      });
      if (limit.stop.stop_requested() ||
          (exchange.chunks.empty() && !exchange.done)) {
        return std::unexpected(ended(limit));
      }
      std::deque<std::string> chunks = std::exchange(exchange.chunks, {});
      const bool was_paused = std::exchange(exchange.paused, false);
      lock.unlock();
      for (const std::string &chunk : chunks) {
        if (!exchange.request->on_chunk(chunk)) {
          return Response{200, {}, ""};
        }
      }
      if (was_paused) {
        resume(exchange);
      }
      lock.lock();
      if (exchange.done && exchange.chunks.empty()) {
        return result_of(exchange);
      }
    }
  }

  // --- towards the I/O thread ---

  void enqueue(std::shared_ptr<Exchange> exchange) {
    {
      const std::scoped_lock lock(mutex_);
      arriving_.push_back(std::move(exchange));
    }
    curl_multi_wakeup(multi_);
  }

  // The caller's Request dies when send() returns, so this waits until the I/O
  // thread has let go.
  void cancel(const std::shared_ptr<Exchange> &exchange) {
    std::unique_lock lock(mutex_);
    leaving_.push_back(exchange);
    curl_multi_wakeup(multi_);
    left_.wait(lock, [&] {
      return std::ranges::find(leaving_, exchange) == leaving_.end();
    });
  }

  void resume(Exchange &exchange) {
    {
      const std::scoped_lock lock(mutex_);
      resuming_.push_back(exchange.easy);
    }
    curl_multi_wakeup(multi_);
  }

  // --- on the I/O thread ---

  void turn(const std::stop_token &stop) {
    while (!stop.stop_requested()) {
      take_orders();
      int running = 0;
      curl_multi_perform(multi_, &running);
      settle_finished();
      curl_multi_poll(multi_, nullptr, 0, poll_ms, nullptr);
    }
    for (const auto &exchange : active_) {
      curl_multi_remove_handle(multi_, exchange->easy);
    }
  }

  void take_orders() {
    const std::scoped_lock lock(mutex_);
    for (auto &exchange : arriving_) {
      curl_multi_add_handle(multi_, exchange->easy);
      active_.push_back(std::move(exchange));
    }
    arriving_.clear();
    for (const auto &exchange : leaving_) {
      if (std::erase(active_, exchange) > 0) {
        curl_multi_remove_handle(multi_, exchange->easy);
      }
    }
    leaving_.clear();
    left_.notify_all();
    for (CURL *easy : std::exchange(resuming_, {})) {
      const bool known = std::ranges::any_of(
          active_, [&](const auto &one) { return one->easy == easy; });
      if (known) {
        curl_easy_pause(easy, CURLPAUSE_CONT);
      }
    }
  }

  void settle_finished() {
    int left = 0;
    while (const CURLMsg *message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) {
        continue;
      }
      CURL *easy = message->easy_handle;
      const CURLcode code = message->data.result;
      curl_multi_remove_handle(multi_, easy);
      const auto found = std::ranges::find_if(
          active_, [&](const auto &one) { return one->easy == easy; });
      const std::shared_ptr<Exchange> exchange = *found;
      active_.erase(found);
      const std::scoped_lock lock(exchange->mutex);
      exchange->code = code;
      exchange->done = true;
      exchange->changed.notify_all();
    }
  }

  Connection connection_;
  std::string base_;
  curl_slist *connect_to_ = nullptr;
  CURLM *multi_ = curl_multi_init();

  std::mutex token_mutex_;
  std::string file_token_;
  steady_clock::time_point token_read_;

  std::mutex mutex_; // the three queues below
  std::condition_variable left_;
  std::vector<std::shared_ptr<Exchange>> arriving_;
  std::vector<std::shared_ptr<Exchange>> leaving_;
  std::vector<CURL *> resuming_;
  std::vector<std::shared_ptr<Exchange>> active_; // I/O thread only

  std::jthread thread_;
};

CurlTransport::CurlTransport(std::unique_ptr<Loop> loop)
    : loop_(std::move(loop)) {}
CurlTransport::~CurlTransport() = default;

Result<std::unique_ptr<CurlTransport>>
CurlTransport::connect(Connection connection) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) {
    return std::unexpected(
        Error{Error::Kind::config, 0, "", "libcurl could not be initialised"});
  }
  if (host_of(connection.server).host.empty()) {
    return std::unexpected(
        Error{Error::Kind::config, 0, "",
              fmt::format("server '{}' of the kubeconfig is not a URL",
                          connection.server)});
  }
  return std::unique_ptr<CurlTransport>(
      new CurlTransport(std::make_unique<Loop>(std::move(connection))));
}

Result<Response> CurlTransport::send(const Request &request,
                                     const Limit &limit) {
  return loop_->send(request, limit);
}

} // namespace assay::kube
