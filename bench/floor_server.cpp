// The floor every server of frames stands on: accept, recv into one reused buffer, answer, close. Parses no
// more of HTTP than Content-Length needs. Prints its port, then serves until it is killed.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

// Bytes of header and body together, 0 while the header is incomplete.
std::size_t request_size(std::string_view received) {
  const std::size_t header_end = received.find("\r\n\r\n");
  if (header_end == std::string_view::npos) return 0;
  constexpr std::string_view kName = "Content-Length: ";
  const std::size_t at = received.substr(0, header_end).find(kName);
  const std::size_t body =
      at == std::string_view::npos ? 0 : std::strtoul(&received[at + kName.size()], nullptr, 10);
  return header_end + 4 + body;
}

void serve(int connection, std::vector<char>& buffer) {
  std::size_t got = 0;
  std::size_t wanted = 0;
  while (wanted == 0 || got < wanted) {
    const ssize_t n = recv(connection, buffer.data() + got, buffer.size() - got, 0);
    if (n <= 0) return;
    got += static_cast<std::size_t>(n);
    if (wanted == 0) wanted = request_size({buffer.data(), got});
  }
  constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  [[maybe_unused]] const ssize_t sent = send(connection, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
}

}  // namespace

int main() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, length) != 0 || listen(listener, 128) != 0 ||
      getsockname(listener, generic, &length) != 0) {
    std::perror("floor_server");
    return 1;
  }
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  std::vector<char> buffer(4 << 20);
  for (;;) {
    const int connection = accept(listener, nullptr, nullptr);
    if (connection < 0) continue;
    serve(connection, buffer);
    close(connection);
  }
}
