// The head of a request, and chunks, as the server reads them: in pieces of any size.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <memory>

#include "request_parser.hpp"
#include "target.hpp"

std::vector<std::string> stream::fuzz::examples() {
  return {"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
          "POST /task/create?a=b HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
          "POST /x HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: "
          "chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nT: x\r\n\r\n",
          "POST /x HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: gzip\r\nContent-Length: "
          "99999999999999999999\r\n\r\n"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 64;  // the first byte says in which pieces the rest comes
  stream::http::RequestParser parser;
  parser.body_limit_bytes = 1 << 16;
  parser.eager(true);
  std::string unparsed;
  for (std::size_t at = 1; at < size && !parser.is_done(); at += step) {
    unparsed.append(reinterpret_cast<const char*>(data) + at, std::min(step, size - at));
    boost::system::error_code ec;
    const std::size_t used = parser.put(boost::asio::buffer(unparsed), ec);
    FUZZ_CHECK(used <= unparsed.size());
    unparsed.erase(0, used);
    if (ec && ec != boost::beast::http::error::need_more) return 0;
  }
  FUZZ_CHECK(parser.body.size() <= parser.body_limit_bytes);
  return 0;
}
