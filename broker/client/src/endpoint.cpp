#include "endpoint.hpp"

#include <sys/un.h>

#include <algorithm>

namespace stream::bus {
namespace {

constexpr std::string_view kIpc = "ipc://";
constexpr std::string_view kTcp = "tcp://";
constexpr std::size_t kLongestIpcPath = sizeof(sockaddr_un::sun_path) - 1;

// Numbers and the one name that cannot mean another machine.
bool is_loopback(std::string_view host) {
  return host.starts_with("127.") || host == "localhost" || host == "[::1]" || host == "::1";
}

bool is_port(std::string_view port) {
  const bool digits = !port.empty() && port.size() <= 5 &&
                      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  return port == "*" || (digits && std::stoul(std::string(port)) <= 65535);
}

}  // namespace

std::string_view ipc_path(std::string_view endpoint) {
  return endpoint.starts_with(kIpc) ? endpoint.substr(kIpc.size()) : std::string_view{};
}

bool is_on_this_machine(std::string_view endpoint) {
  if (!endpoint.starts_with(kTcp)) return true;
  const std::string_view address = endpoint.substr(kTcp.size());
  return is_loopback(address.substr(0, address.rfind(':')));
}

Status check_endpoint(std::string_view endpoint, bool has_keys) {
  if (endpoint.starts_with(kIpc)) {
    const std::string_view path = ipc_path(endpoint);
    if (path.empty()) return fail(ErrorCode::kInvalid, "{}: found no path, expected ipc://<path>", endpoint);
    if (path.size() > kLongestIpcPath) {
      return fail(ErrorCode::kInvalid, "{}: found a path of {} bytes, expected at most {}", endpoint,
                  path.size(), kLongestIpcPath);
    }
    return {};
  }
  if (!endpoint.starts_with(kTcp)) {
    return fail(ErrorCode::kInvalid, "{}: expected ipc://<path> or tcp://<host>:<port>", endpoint);
  }
  const std::string_view address = endpoint.substr(kTcp.size());
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || !is_port(address.substr(colon + 1))) {
    return fail(ErrorCode::kInvalid, "{}: expected tcp://<host>:<port>", endpoint);
  }
  if (!has_keys && !is_on_this_machine(endpoint)) {
    return fail(
        ErrorCode::kInvalid,
        "{}: tcp beyond this machine needs CURVE keys; make them with `streamctl keygen` and configure them",
        endpoint);
  }
  return {};
}

}  // namespace stream::bus
