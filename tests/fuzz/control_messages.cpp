// What the broker is asked and answers.
#include "control_codec.hpp"
#include "target.hpp"

namespace control = stream::bus::control;

std::vector<std::string> stream::fuzz::examples() {
  using namespace std::chrono_literals;
  std::vector<std::string> out;
  const control::Request requests[] = {{1, control::Ping{}},
                                       {2, control::Enqueue{"alarms", "cam1:0:1:2", {"payload"}}},
                                       {3, control::Pull{"alarms", 10, 30s, 500ms, {"group", ""}, true}},
                                       {4, control::Settle{"alarms", "a", 99, bus::Retry{5ms, "group"}}},
                                       {5, control::Settle{"alarms", "a", 99, bus::Park{"because"}}},
                                       {6, control::ListQueue{"alarms", bus::QueueState::kParked, 5}},
                                       {7, control::ReadMessage{"alarms", "a"}},
                                       {8, control::Cas{"task/a", 3, control::Bytes{"value"}}},
                                       {9, control::Cas{"task/a", 3, std::nullopt}},
                                       {10, control::AwaitChanges{"task/", 7, 10s}}};
  for (const auto& request : requests) out.push_back(control::encode(request));
  const control::Answer answers[] = {{1, control::Done{}},
                                     {2, control::Enqueued{bus::EnqueueResult::kFull}},
                                     {3, control::Swapped{bus::CasResult::Outcome::kConflict, 9}},
                                     {4, control::Failed{ErrorCode::kConflict, "why"}},
                                     {5, control::Changed{7, true, {{"task/a", {"value"}, 7, false}}}}};
  for (const auto& answer : answers) out.push_back(control::encode(answer));
  return out;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = stream::fuzz::text_of(data, size);
  if (const auto request = control::decode_request(bytes)) {
    const std::string once = control::encode(*request);
    const auto again = control::decode_request(once);
    FUZZ_CHECK(again && control::encode(*again) == once);
  } else {
    FUZZ_CHECK(!request.error().error.message.empty());
  }
  if (const auto answer = control::decode_answer(bytes)) {
    const std::string once = control::encode(*answer);
    const auto again = control::decode_answer(once);
    FUZZ_CHECK(again && control::encode(*again) == once);
  }
  return 0;
}
