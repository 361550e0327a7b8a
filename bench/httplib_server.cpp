// A plain cpp-httplib server that reads each body and throws it away. Prints its port, then serves until it
// is killed.
#include <httplib.h>

#include <cstdio>

int main() {
  httplib::Server server;
  server.Post(".*", [](const httplib::Request&, httplib::Response& response) { response.status = 200; });
  const int port = server.bind_to_any_port("127.0.0.1");
  if (port <= 0) return 1;
  std::printf("%d\n", port);
  std::fflush(stdout);
  return server.listen_after_bind() ? 0 : 1;
}
