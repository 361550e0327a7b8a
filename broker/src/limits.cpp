#include "limits.hpp"

#include <string_view>
#include <utility>
#include <variant>

namespace stream::broker {
namespace {

namespace control = bus::control;

constexpr std::size_t kLongestQueue = 64;
constexpr std::size_t kLongestId = 1024;
constexpr std::size_t kLongestKey = 1024;
constexpr std::size_t kLongestReason = 16 * 1024;
constexpr std::size_t kLongestGroup = 256;
constexpr std::size_t kMostGroups = 10'000;
constexpr std::uint32_t kMostPulled = 1000;

Status check_text(std::string_view what, std::string_view text, std::size_t shortest, std::size_t longest) {
  if (text.size() >= shortest && text.size() <= longest) return {};
  return fail(ErrorCode::kInvalid, "{}: found {} bytes, expected {} to {}", what, text.size(), shortest,
              longest);
}

Status check_payload(const control::Bytes& payload) {
  return check_text("payload", payload.data, 0, control::kMaxPayloadBytes);
}

template <class Operation>
Status check(const Operation& operation) {
  if constexpr (requires { operation.queue; }) {
    if (auto status = check_text("queue", operation.queue, 1, kLongestQueue); !status) return status;
  }
  if constexpr (requires { operation.id; }) {
    if (auto status = check_text("id", operation.id, 1, kLongestId); !status) return status;
  }
  if constexpr (requires { operation.key; }) {
    if (auto status = check_text("key", operation.key, 1, kLongestKey); !status) return status;
  }
  if constexpr (requires { operation.prefix; }) {
    if (auto status = check_text("prefix", operation.prefix, 0, kLongestKey); !status) return status;
  }
  if constexpr (requires { operation.payload; }) return check_payload(operation.payload);
  if constexpr (requires { operation.value; }) {
    if (operation.value) return check_payload(*operation.value);
  }
  if constexpr (requires { operation.groups; }) {
    if (operation.groups.size() > kMostGroups) {
      return fail(ErrorCode::kInvalid, "groups: found {}, expected at most {}", operation.groups.size(),
                  kMostGroups);
    }
    for (const auto& group : operation.groups) {
      if (auto status = check_text("group", group, 0, kLongestGroup); !status) return status;
    }
  }
  if constexpr (requires { operation.lease; }) {
    if (operation.most > kMostPulled) {
      return fail(ErrorCode::kInvalid, "most: found {}, expected at most {}", operation.most, kMostPulled);
    }
  }
  if constexpr (requires { operation.settlement; }) {
    const auto* park = std::get_if<bus::Park>(&operation.settlement);
    if (park != nullptr) return check_text("reason", park->reason, 0, kLongestReason);
    const auto* retry = std::get_if<bus::Retry>(&operation.settlement);
    if (retry != nullptr) return check_text("group", retry->group, 0, kLongestGroup);
  }
  return {};
}

}  // namespace

Status check_limits(const control::Operation& operation) {
  return std::visit([](const auto& one) { return check(one); }, operation);
}

}  // namespace stream::broker
