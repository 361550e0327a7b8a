// The MessagePack messages: whatever decodes must come back the same.
#include <nlohmann/json.hpp>

#include "stream/schemas/codec.hpp"
#include "target.hpp"

std::vector<std::string> stream::fuzz::examples() {
  return read_sources("schemas/fixtures");
}

namespace {

template <class Message>
void try_as(std::string_view bytes) {
  const auto message = stream::decode<Message>(bytes);
  if (!message) {
    FUZZ_CHECK(!message.error().message.empty());
    return;
  }
  const std::string once = stream::encode(*message);
  const auto again = stream::decode<Message>(once);
  // Compared as bytes: a NaN is not equal to itself.
  FUZZ_CHECK(again && stream::encode(*again) == once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stream;
  const std::string_view bytes = fuzz::text_of(data, size);
  try_as<FrameMeta>(bytes);
  try_as<FrameBatch>(bytes);
  try_as<Alarm>(bytes);
  try_as<AlarmDraft>(bytes);
  try_as<TaskEvent>(bytes);
  try_as<SystemEvent>(bytes);
  try_as<BegunEvents>(bytes);
  try_as<ReportResult>(bytes);
  try_as<TaskRecord>(bytes);
  try_as<FlowReport>(bytes);
  try_as<StateReport>(bytes);
  try_as<NodeRecord>(bytes);
  try_as<DeliveryRecord>(bytes);
  try_as<OwnedState>(bytes);
  try_as<RuleState>(bytes);
  try_as<LogicState>(bytes);
  if (const auto frame = decode<FrameMeta>(bytes))
    static_cast<void>(to_display_json(*frame).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  return 0;
}
