// What a stream process that several tasks share is told of its cameras, and what becomes of them. The
// process is a fake; the test listens at its control port, and counts its frames.
#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>

#include "config_files.hpp"
#include "fake_control.hpp"
#include "sharing_fixture.hpp"
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

class SharedControl : public SharingFixture {
 protected:
  static std::string camera(const std::string& name) { return "rtsp://u:secret@" + name + "/dark"; }
  void create(const std::string& id) { create_task(definition(id, camera(id))); }
  std::filesystem::path find_model() {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tree_.root() / "samples/yolov5")) {
      if (entry.path().extension() == ".bmodel") return entry.path();
    }
    return {};
  }
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
  create_task(changed);
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

TEST_F(SharedControl, NothingIsToldBeforeTheFirstVideo) {
  start_ingest();
  start_node();
  create("one");
  ASSERT_TRUE(eventually([&] { return pid("one") != 0; }));
  control_ = std::make_unique<FakeControl>(control_port("one"));
  flow_ = std::make_unique<FakeFlow>(*bus_, "ingest-1");
  create("two");
  ASSERT_TRUE(eventually([&] { return algorithm("two")["ReasonCode"] == "shared_turn"; }));
  create("three");  // many looks later
  ASSERT_TRUE(eventually([&] { return algorithm("three")["ReasonCode"] == "shared_turn"; }));
  EXPECT_TRUE(control_->requests().empty()) << "they would be lost";
  flow_->play("one");
  EXPECT_TRUE(eventually([&] { return control_->requests().size() == 2; })) << algorithm("two");
}

TEST_F(SharedControl, AProcessThatDoesNotServeItYetIsAskedAgain) {
  std::atomic<int> asked = 0;
  start_one(quick(), [&](const std::string&) { return ++asked < 3 ? 404 : 200; });
  flow_->play("two");
  create("two");
  ASSERT_TRUE(eventually([&] { return state("two") == "running"; }, 20s)) << algorithm("two");
  EXPECT_GE(asked, 3);
  EXPECT_EQ(spec("two").not_shared, "");
  EXPECT_EQ(pid("two"), pid("one"));
}

TEST_F(SharedControl, AStalledCameraIsDroppedAndToldAnew) {
  config_.stall = 500ms;
  config_.stall_restart = 200ms;
  start_one(quick(), [](const std::string&) { return 200; });
  flow_->play("two");
  create("two");
  ASSERT_TRUE(eventually([&] { return state("two") == "running"; }, 20s)) << algorithm("two");
  const pid_t process = pid("one");
  flow_->play("two", false);
  const auto is_told_anew = [&] {
    const auto requests = control_->requests();
    return requests.size() >= 3 && requests[1] == "drop 1" && requests[2] == "add 1";
  };
  ASSERT_TRUE(eventually(is_told_anew, 20s)) << algorithm("two") << json(control_->requests());
  flow_->play("two");
  EXPECT_TRUE(eventually([&] { return state("two") == "running"; }, 20s)) << algorithm("two");
  EXPECT_EQ(pid("one"), process);
  EXPECT_THAT(control_->requests(), testing::Not(Contains("drop 0")));
  EXPECT_EQ(spec("two").not_shared, "");
}

TEST_F(SharedControl, AModelThatIsMissingForAWhileUnsharesNobody) {
  start_ingest();
  start_node();
  for (const char* id : {"one", "two"}) create(id);
  ASSERT_TRUE(eventually([&] { return pid("one") != 0; }));
  stop_node();
  const auto model = find_model();
  ASSERT_FALSE(model.empty());
  std::filesystem::rename(model, model.string() + ".away");
  SupervisorOptions options = quick();
  options.machine.longest_delay = 100ms;
  start_node(options);
  for (const char* id : {"one", "two"}) {
    ASSERT_TRUE(eventually([&] { return state(id) == "failed"; })) << algorithm(id);
    EXPECT_EQ(algorithm(id)["ReasonCode"], "file_missing");
  }
  std::filesystem::rename(model.string() + ".away", model);
  for (const char* id : {"one", "two"})
    ASSERT_TRUE(eventually([&] { return pid(id) != 0; })) << algorithm(id);
  EXPECT_EQ(pid("one"), pid("two"));
  EXPECT_EQ(spec("one").not_shared, "");
  EXPECT_TRUE(record("one").should_run);
}

TEST_F(SharedControl, LessRoomIsForNewOnesOnly) {
  config_.max_channels = 4;
  start_ingest();
  start_node();
  for (const char* id : {"one", "two", "three"}) create(id);
  stop_node();
  config_.max_channels = 2;
  start_node();
  ASSERT_TRUE(eventually([&] { return pid("one") != 0; }));
  const auto push =
      read_json_file(shared_folder(data_.path(), spec("one").shared_key) / "config/http_push.json");
  ASSERT_TRUE(push);
  EXPECT_EQ((*push)["thread_number"], 3);
  create("four");
  EXPECT_NE(spec("four").shared_key, spec("one").shared_key);
}

TEST_F(SharedControl, ANewLifeMaySitWithOthersAgain) {
  config_.stop_grace = 5s;
  start_ingest();
  start_node();
  create("one");
  TaskRecord alone = record("one");
  alone.algorithms[0].shared_key.clear();
  alone.algorithms[0].shared_files = 0;
  alone.algorithms[0].not_shared = "no video of it came";
  const auto entry = bus_->get(topics::task_key("one"));
  ASSERT_TRUE(bus_->cas(topics::task_key("one"), (*entry)->revision, encode(alone)).done());
  ASSERT_TRUE(eventually([&] { return pid("one") != 0 && algorithm("one")["Process"] == "per_task"; }));
  json changed = definition("one", camera("one"));
  changed["Algorithm"][0]["DetectInterval"] = 7;
  create_task(changed);
  EXPECT_EQ(spec("one").not_shared, "no video of it came") << "it is the same life";
  post("delete", {{"TaskID", "one"}});
  create("one");
  EXPECT_EQ(spec("one").not_shared, "");
  EXPECT_FALSE(spec("one").shared_key.empty());
}

}  // namespace
}  // namespace stream::api::test
