// The request reader: whatever comes, the conclusion depends on the bytes and not on how they were cut, refusals are
// 4xx, and what is let through is what the standard allows and reads the same when it is written out again.
#include "daemon/http/request_reader.h"
#include "tests/fuzz/http_requests.h"
#include "tests/fuzz/target.h"

namespace rosterd::fuzz {
namespace {

using http::RequestReader;

const http::ReaderLimits kLimits{1024, 20, 2048};

struct Stream {
  std::vector<http::Request> requests;
  std::vector<bool> keep_alive;
  int refused = 0;
  std::string reason;
};

void check(const http::Request& request) {
  require(http::is_token(request.method), "the method is a token");
  require(request.path == "*" || (request.path.front() == '/' && http::percent_decode(request.path)),
          "the path is well-formed");
  require(request.headers.size() <= kLimits.head_fields, "no more fields than allowed");
  require(request.body.size() <= kLimits.body_bytes, "no more body than allowed");
  for (const http::Header& field : request.headers)
    require(http::is_token(field.name) && http::is_field_text(field.value), "fields hold no control characters");
}

// All requests of one connection; `step` gives the size of the next piece.
template <typename Step>
Stream read(std::string_view bytes, Step step) {
  Stream stream;
  RequestReader reader(kLimits);
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, std::min<std::size_t>(bytes.size(), step()));
    bytes.remove_prefix(piece.size());
    while (!piece.empty()) {
      const std::size_t before = piece.size();
      const RequestReader::State state = reader.feed(piece);
      if (state == RequestReader::State::refused) {
        stream.refused = reader.refusal().status;
        stream.reason = reader.refusal().reason;
        return stream;
      }
      require(piece.size() < before, "each call consumes something");
      if (state != RequestReader::State::complete) {
        require(piece.empty(), "an unfinished request takes everything");
        break;
      }
      stream.keep_alive.push_back(reader.framing().keep_alive);
      stream.requests.push_back(reader.take());
    }
  }
  return stream;
}

bool same(const http::Request& a, const http::Request& b) {
  const auto equal = [](const http::Header& x, const http::Header& y) {
    return x.name == y.name && x.value == y.value;
  };
  return a.method == b.method && a.target == b.target && a.path == b.path && a.query == b.query && a.host == b.host &&
         a.body == b.body && std::equal(a.headers.begin(), a.headers.end(), b.headers.begin(), b.headers.end(), equal);
}

void require_same(const Stream& a, const Stream& b) {
  require(a.refused == b.refused && a.reason == b.reason, "cuts do not change a refusal");
  require(a.keep_alive == b.keep_alive && a.requests.size() == b.requests.size(), "cuts do not change the requests");
  for (std::size_t i = 0; i < a.requests.size(); ++i)
    require(same(a.requests[i], b.requests[i]), "cuts do not change a request");
}

// Written out with a plain length, a request is the same request.
void check_round_trip(const http::Request& request, bool keep_alive) {
  std::string bytes = request.method + " " + request.target + " HTTP/1.1\r\n";
  bool has_host = false;
  for (const http::Header& field : request.headers) {
    if (http::iequals(field.name, "Transfer-Encoding") || http::iequals(field.name, "Content-Length") ||
        http::iequals(field.name, "Expect"))
      continue;
    has_host = has_host || http::iequals(field.name, "Host");
    bytes += field.name + ": " + field.value + "\r\n";
  }
  if (!has_host) bytes += "Host: h\r\n";  // HTTP/1.0 may come without
  bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
  RequestReader reader({4096, 30, kLimits.body_bytes});
  std::string_view rest = bytes;
  require(reader.feed(rest) == RequestReader::State::complete && rest.empty(), "what was accepted is accepted again");
  require(!keep_alive || reader.framing().keep_alive, "and keeps its connection");
  const http::Request again = reader.take();
  require(again.method == request.method && again.path == request.path && again.query == request.query &&
              again.body == request.body,
          "and says the same");
}

}  // namespace

Seeds seeds() {
  std::vector<std::string> starts = http_requests();
  for (const char* refused :
       {"GET http://other:81/p%2f?q HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2049\r\n\r\nab",
        "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"}) {
    starts.emplace_back(refused);
  }
  for (std::string& start : starts) start.insert(0, 1, '\x05');  // how it is cut
  return {std::move(starts), http_pieces()};
}

}  // namespace rosterd::fuzz

// The first byte says how the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rosterd::fuzz;
  if (size == 0) return 0;
  const std::string_view bytes = text_of(data + 1, size - 1);
  const Stream whole = read(bytes, [&] { return bytes.size(); });
  if (whole.refused != 0) require(whole.refused >= 400 && whole.refused < 500, "a refusal is the client's fault");
  for (std::size_t i = 0; i < whole.requests.size(); ++i) {
    check(whole.requests[i]);
    check_round_trip(whole.requests[i], whole.keep_alive[i]);
  }
  require_same(whole, read(bytes, [] { return std::size_t{1}; }));
  unsigned state = data[0];
  require_same(whole, read(bytes, [&] {
                 state = state * 1103515245U + 12345U;
                 return std::size_t{1} + (state >> 16) % (1U + data[0]);
               }));
  return 0;
}
