#include "resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace stream::reporter {
namespace {

using Addresses = Result<std::vector<std::string>>;

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

Addresses ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); failed != 0) {
    return fail(ErrorCode::kNotFound, "{}: {}", host, ::gai_strerror(failed));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    const bool numeric = ::getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr,
                                       0, NI_NUMERICHOST) == 0;
    if (!numeric || std::ranges::find(addresses, text.data()) != addresses.end()) continue;
    addresses.emplace_back(text.data());
  }
  return addresses;
}

}  // namespace

// Outlives the Resolver as long as a lookup needs it.
struct Resolver::Shared {
  explicit Shared(Lookup lookup_in) : lookup(lookup_in) {}

  const Lookup lookup;
  std::mutex mutex;  // guards everything below
  std::condition_variable changed;
  std::size_t running = 0;
  // By name. Those who wait hold on to the answer, so that it may leave the table when it is there.
  std::map<std::string, std::shared_ptr<std::optional<Addresses>>> lookups;
};

Resolver::Resolver(Lookup lookup)
    : shared_(std::make_shared<Shared>(lookup != nullptr ? lookup : ask_system)) {}

Resolver::~Resolver() = default;

Addresses Resolver::resolve(const std::string& host, std::chrono::milliseconds limit) {
  if (is_address(host)) return std::vector<std::string>{host};
  const auto end = std::chrono::steady_clock::now() + limit;
  std::unique_lock lock(shared_->mutex);
  const auto may_ask = [&] { return shared_->lookups.contains(host) || shared_->running < kMostLookups; };
  if (!shared_->changed.wait_until(lock, end, may_ask)) {
    return fail(ErrorCode::kUnavailable, "{}: {} other names wait for the name server", host, kMostLookups);
  }
  auto answer = shared_->lookups.contains(host) ? shared_->lookups.at(host) : nullptr;
  if (!answer) {
    answer = std::make_shared<std::optional<Addresses>>();
    // Detached: nobody can hurry it, so nobody waits for it to end. It touches nothing but what it shares.
    const auto ask = [shared = shared_, host] {
      auto addresses = shared->lookup(host);
      const std::lock_guard guard(shared->mutex);
      --shared->running;
      *shared->lookups.at(host) = std::move(addresses);
      shared->lookups.erase(host);
      shared->changed.notify_all();
    };
    try {
      std::thread(ask).detach();
    } catch (const std::system_error& error) {
      return fail(ErrorCode::kUnavailable, "{}: no thread to ask the name server: {}", host, error.what());
    }
    // The thread cannot have come so far: we hold the mutex.
    shared_->lookups.emplace(host, answer);
    ++shared_->running;
  }
  if (!shared_->changed.wait_until(lock, end, [&] { return answer->has_value(); })) {
    return fail(ErrorCode::kUnavailable, "{}: the name server does not answer", host);
  }
  return **answer;
}

}  // namespace stream::reporter
