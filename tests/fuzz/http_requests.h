// Requests to begin from and pieces to put into them: for the fuzzer of the request reader and for the mutated requests
// that the running door is sent.
#pragma once

#include <string>
#include <vector>

namespace rosterd::fuzz {

inline std::vector<std::string> http_requests() {
  return {"GET /scim/v2/Users?filter=userName%20eq%20%22a%22 HTTP/1.1\r\nHost: h:80\r\nAccept: */*\r\n\r\n",
          "POST /scim/v2/Users HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
          "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n3\r\nabc\r\n0\r\nT: "
          "u\r\n\r\n",
          "DELETE /a HTTP/1.0\r\nConnection: close\r\n\r\n",
          "\r\nOPTIONS * HTTP/1.1\r\nHost: [::1]\r\nConnection: keep-alive, close\r\n\r\n",
          "GET /one HTTP/1.1\r\nHost: h\r\n\r\nPUT /two HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcHEAD /three "
          "HTTP/1.1\r\nHost: h\r\n\r\n"};
}

inline std::vector<std::string> http_pieces() {
  return {"\r\n",
          "\n",
          "\r",
          std::string(1, '\0'),
          "\r\n\r\n",
          ":",
          " ",
          "\t",
          "Content-Length: 5\r\n",
          "chunked",
          "Transfer-Encoding: chunked\r\n",
          "Host: x\r\n",
          "HTTP/1.1",
          "HTTP/1.0",
          "0\r\n\r\n",
          "ffffffff",
          "%",
          "%00",
          "?",
          ";",
          "\xff",
          "Expect: 100-continue\r\n",
          "Connection: close\r\n",
          "GET / HTTP/1.1\r\n"};
}

}  // namespace rosterd::fuzz
