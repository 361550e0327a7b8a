// The protocol as it is shipped, and broken on purpose. What is broken is broken between the shipped code and
// the network, in what is called: node.cpp. The simulation must find each of them.
#pragma once

#include <string_view>

namespace stream::simulation {

enum class Variant {
  kShipped,
  kPublishFirst,   // decisions are enqueued before the state is committed
  kNoCas,          // the state is written whatever stands there
  kRandomIds,      // each enqueue has an id of its own
  kNoOutbox,       // first the state, then the queue, and nothing says what is still to come
  kOutboxIgnored,  // a new owner does not enqueue what it finds
  kNoEcho,         // members grow old also while our own writes do not come back
};

inline constexpr Variant kVariants[] = {Variant::kShipped,   Variant::kPublishFirst, Variant::kNoCas,
                                        Variant::kRandomIds, Variant::kNoOutbox,     Variant::kOutboxIgnored,
                                        Variant::kNoEcho};

inline constexpr std::string_view name_of(Variant variant) {
  switch (variant) {
    case Variant::kShipped:
      return "shipped";
    case Variant::kPublishFirst:
      return "publish-first";
    case Variant::kNoCas:
      return "no-cas";
    case Variant::kRandomIds:
      return "random-ids";
    case Variant::kNoOutbox:
      return "no-outbox";
    case Variant::kOutboxIgnored:
      return "outbox-ignored";
    case Variant::kNoEcho:
      return "no-echo";
  }
  return "";
}

}  // namespace stream::simulation
