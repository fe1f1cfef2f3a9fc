#include "tests/http/malformed.h"

namespace rosterd::http::test {

namespace {

using std::string_literals::operator""s;

std::string fields(const std::string& more) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + more + "\r\n";
}
std::string line(const std::string& request_line) {
  return request_line + "\r\nHost: h\r\n\r\n";
}
std::string chunked(const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}
std::string many_fields(int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += "X: y\r\n";
  return all;
}

}  // namespace

const std::vector<Malformed>& malformed_requests() {
  static const std::vector<Malformed> table = {
      // request line
      {"no version", line("GET /"), 400},
      {"only a method", line("GET"), 400},
      {"two empty lines first", "\r\n\r\n" + line("GET / HTTP/1.1"), 400},
      {"leading space", line(" GET / HTTP/1.1"), 400},
      {"double space before the target", line("GET  / HTTP/1.1"), 400},
      {"double space before the version", line("GET /  HTTP/1.1"), 400},
      {"trailing space", line("GET / HTTP/1.1 "), 400},
      {"tab as separator", line("GET\t/ HTTP/1.1"), 400},
      {"method with a bad character", line("G(T / HTTP/1.1"), 400},
      {"method too long", line(std::string(33, 'A') + " / HTTP/1.1"), 400},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"HTTP/1.2", line("GET / HTTP/1.2"), 400},
      {"HTTP/0.9", line("GET / HTTP/0.9"), 400},
      {"lower-case version", line("GET / http/1.1"), 400},
      {"version with a tail", line("GET / HTTP/1.1x"), 400},
      {"version of two digits", line("GET / HTTP/1.10"), 400},
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n", 400},
      {"bare CR in the request line", "GET /\r HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"NUL in the target", line("GET /\0 HTTP/1.1"s), 400},
      {"target without a slash", line("GET x HTTP/1.1"), 400},
      {"authority target", line("CONNECT h:443 HTTP/1.1"), 400},
      {"asterisk with GET", line("GET * HTTP/1.1"), 400},
      {"fragment in the target", line("GET /a#b HTTP/1.1"), 400},
      {"fragment in the query", line("GET /a?b#c HTTP/1.1"), 400},
      {"raw byte above 127 in the path", line("GET /\xc3\xa4 HTTP/1.1"), 400},
      {"backslash in the path", line("GET /a\\b HTTP/1.1"), 400},
      {"quote in the path", line("GET /\"a HTTP/1.1"), 400},
      {"malformed triplet", line("GET /%zz HTTP/1.1"), 400},
      {"cut triplet", line("GET /a% HTTP/1.1"), 400},
      {"encoded NUL", line("GET /%00 HTTP/1.1"), 400},
      {"absolute target with user", line("GET http://u@h/ HTTP/1.1"), 400},
      {"absolute target without host", line("GET http:/// HTTP/1.1"), 400},
      {"foreign scheme", line("GET ftp://h/ HTTP/1.1"), 400},
      {"TLS greeting", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
      {"request line too long", line("GET /" + std::string(20000, 'a') + " HTTP/1.1"), 414},
      // fields
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", fields("Host: h\r\n"), 400},
      {"two Hosts on 1.0", "GET / HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n", 400},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", 400},
      {"Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"Host with a user", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400},
      {"Host with a bad port", "GET / HTTP/1.1\r\nHost: h:8x\r\n\r\n", 400},
      {"Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
      {"Host in open brackets", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
      {"space before the colon", fields("X : y\r\n"), 400},
      {"Content-Length with a space before the colon", fields("Content-Length : 3\r\n"), 400},
      {"folded field", fields("X: a\r\n b\r\n"), 400},
      {"folded first field", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"field without a colon", fields("nonsense\r\n"), 400},
      {"empty field name", fields(": x\r\n"), 400},
      {"field name with a bad character", fields("X(y): z\r\n"), 400},
      {"bare LF after a field", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400},
      {"bare LF at the end of the head", "GET / HTTP/1.1\r\nHost: h\r\n\n", 400},
      {"bare CR in a field", fields("X: a\rb\r\n"), 400},
      {"NUL in a field", fields("X: a\0b\r\n"s), 400},
      {"escape in a field", fields("X: \x1b[2J\r\n"), 400},
      {"DEL in a field", fields("X: \x7f\r\n"), 400},
      {"too many fields", fields(many_fields(100)), 431},
      {"fields too large", fields("X: " + std::string(17000, 'a') + "\r\n"), 431},
      {"unknown expectation", fields("Expect: 200-maybe\r\n"), 417},
      // framing
      {"two lengths", fields("Content-Length: 3\r\nContent-Length: 4\r\n") + "abcd", 400},
      {"the same length twice", fields("Content-Length: 3\r\nContent-Length: 3\r\n") + "abc", 400},
      {"length list", fields("Content-Length: 3, 3\r\n") + "abc", 400},
      {"length with letters", fields("Content-Length: 3abc\r\n") + "abc", 400},
      {"negative length", fields("Content-Length: -1\r\n"), 400},
      {"signed length", fields("Content-Length: +3\r\n") + "abc", 400},
      {"hexadecimal length", fields("Content-Length: 0x3\r\n") + "abc", 400},
      {"empty length", fields("Content-Length:\r\n"), 400},
      {"length beyond 64 bits", fields("Content-Length: 99999999999999999999\r\n"), 413},
      {"length over the limit", fields("Content-Length: 99999999\r\n"), 413},
      {"length and chunked", fields("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "abc", 400},
      {"chunked and length", fields("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") + "abc", 400},
      {"unknown coding", fields("Transfer-Encoding: gzip\r\n"), 400},
      {"coding list", fields("Transfer-Encoding: gzip, chunked\r\n"), 400},
      {"identity", fields("Transfer-Encoding: identity\r\n"), 400},
      {"chunked twice", fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"quoted coding", fields("Transfer-Encoding: \"chunked\"\r\n"), 400},
      {"empty coding", fields("Transfer-Encoding:\r\n"), 400},
      {"coding with a vertical tab", fields("Transfer-Encoding: \vchunked\r\n"), 400},
      {"chunked on 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunk size with letters", chunked("xyz\r\n"), 400},
      {"empty chunk size", chunked("\r\n"), 400},
      {"chunk size with 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400},
      {"negative chunk size", chunked("-5\r\n"), 400},
      {"space before the chunk size", chunked(" 5\r\nhello\r\n"), 400},
      {"space after the chunk size", chunked("5 \r\nhello\r\n"), 400},
      {"chunk size beyond 64 bits", chunked("fffffffffffffffff\r\n"), 400},
      {"chunk over the limit", chunked("fffffff\r\n"), 413},
      {"bare LF after the chunk size", chunked("5\nhello\r\n0\r\n\r\n"), 400},
      {"chunk data too long", chunked("5\r\nhelloX\r\n0\r\n\r\n"), 400},
      {"no line end after the chunk", chunked("5\r\nhello0\r\n\r\n"), 400},
      {"bare LF after the chunk", chunked("5\r\nhello\n0\r\n\r\n"), 400},
      {"chunk extension too long", chunked("5;" + std::string(600, 'x') + "\r\nhello\r\n0\r\n\r\n"), 400},
      {"control character in a chunk extension", chunked("5;\x01\r\nhello\r\n0\r\n\r\n"), 400},
      {"malformed trailer", chunked("0\r\nnonsense\r\n\r\n"), 400},
      {"folded trailer", chunked("0\r\nX: y\r\n z\r\n\r\n"), 400},
      {"too many trailers", chunked("0\r\n" + many_fields(101) + "\r\n"), 431},
      {"trailers too large", chunked("0\r\nX: " + std::string(17000, 'a') + "\r\n\r\n"), 431},
  };
  return table;
}

}  // namespace rosterd::http::test
