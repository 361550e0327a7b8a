// What application-web sends to the api-node.
#include "stream/common/json_reader.hpp"
#include "stream/manifest/task_definition.hpp"
#include "target.hpp"

std::vector<std::string> stream::fuzz::examples() {
  return {
      R"({"TaskID":"cam 1","InputSrc":{"SrcID":"camera","StreamSrc":{"Address":"rtsp://u:p@127.0.0.1/x"}},)"
      R"("Algorithm":[{"Type":16,"TrackInterval":1,"DetectInterval":3,"AlarmInterval":1,"threshold":50,)"
      R"("TargetSize":{"MinDetect":30,"MaxDetect":250},"Extend":{"InFrames":3,"OutFrames":5},)"
      R"("DetectInfos":[{"TripWire":{"LineStart":{"X":0,"Y":1},"LineEnd":{"X":9,"Y":9},)"
      R"("DirectStart":{"X":0,"Y":0},"DirectEnd":{"X":0,"Y":0}},"HotArea":[[{"X":1,"Y":2},{"X":3,"Y":4}]]}]}],)"
      R"("Reporting":{"Policy":"all","ReportUrlList":["http://127.0.0.1:9/api/upload"]}})",
      R"({"TaskID":"cam"})", R"({"TaskID":5})", "[]"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stream::manifest;
  const auto body = stream::parse_json(stream::fuzz::text_of(data, size));
  if (!body) {
    FUZZ_CHECK(!body.error().message.empty());
    return 0;
  }
  if (const auto task = parse_task_definition(*body); !task) FUZZ_CHECK(!task.error().message.empty());
  if (const auto id = parse_task_id(*body); !id) FUZZ_CHECK(!id.error().message.empty());
  return 0;
}
