// What a stream process that several tasks share is told of its cameras, and what becomes of them. The
// process is a fake; the test listens at its control port, and counts its frames.
#include <gmock/gmock.h>

#include <algorithm>

#include "config_files.hpp"
#include "fake_control.hpp"
#include "node_fixture.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;

class SharedControl : public NodeFixture {
 protected:
  SharedControl() { config_.stream_process = "shared"; }

  static std::string camera(const std::string& name) { return "rtsp://u:secret@" + name + "/dark"; }
  void put(const json& task) {
    const json answer = post("create", task);
    EXPECT_EQ(answer["Code"], 0) << answer;
  }
  void create(const std::string& id) { put(definition(id, camera(id))); }
  TaskRecord record(const std::string& id) {
    const auto entry = bus_->get(topics::task_key(id));
    return entry && *entry ? decode<TaskRecord>((*entry)->value).value() : TaskRecord();
  }
  AlgorithmSpec spec(const std::string& id) {
    const TaskRecord task = record(id);
    return task.algorithms.empty() ? AlgorithmSpec() : task.algorithms[0];
  }
  json algorithm(const std::string& id) { return query(id)["Result"]["Algorithms"][0]; }
  std::uint16_t control_port(const std::string& id) {
    const auto demo =
        read_json_file(shared_folder(data_.path(), spec(id).shared_key) / "config/yolov5_demo.json");
    return demo ? (*demo)["http_listen"]["port"].get<std::uint16_t>() : 0;
  }
  // The first camera, which plays, and its process, which listens.
  void start_one(const SupervisorOptions& options, FakeControl::Answer answer) {
    start_ingest();
    start_node(options);
    create("one");
    ASSERT_TRUE(eventually([&] { return pid("one") != 0; }));
    control_ = std::make_unique<FakeControl>(control_port("one"), std::move(answer));
    ASSERT_TRUE(control_->is_there());
    flow_ = std::make_unique<FakeFlow>(*bus_, "ingest-1");
    flow_->play("one");
    ASSERT_TRUE(eventually([&] { return state("one") == "running"; })) << algorithm("one");
  }

  std::unique_ptr<FakeControl> control_;
  std::unique_ptr<FakeFlow> flow_;
};

TEST_F(SharedControl, ChangeOfACameraThatWasToldJustNowIsNotItsEnd) {
  // The change comes before the next look.
  SupervisorOptions options = quick();
  options.tick = 500ms;
  start_one(options, [](const std::string&) { return 200; });
  const auto events = bus_->make_subscriber();
  events->subscribe(topics::event("two"));
  create("two");
  ASSERT_TRUE(eventually([&] {
    const auto outcome = events->receive(100ms);
    const auto* message = std::get_if<bus::Received>(&outcome);
    const auto event = message ? decode<TaskEvent>(message->payload) : Result<TaskEvent>(TaskEvent());
    return event && event->kind == "started";
  }));
  json changed = definition("two", camera("two"));
  changed["Algorithm"][0]["DetectInterval"] = 7;
  put(changed);
  EXPECT_TRUE(eventually(
      [&] {
        const auto bodies = control_->bodies();
        return !bodies.empty() && bodies.back()["channel_id"] == 1 &&
               bodies.back().value("sample_interval", 0) == 7;
      },
      15s))
      << algorithm("two") << json(control_->bodies());
  EXPECT_TRUE(record("two").should_run);
  EXPECT_NE(state("two"), "stopped");
}

}  // namespace
}  // namespace stream::api::test
