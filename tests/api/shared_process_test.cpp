// Who shares a stream process with whom, and what it is started with. That it is told of cameras that come
// and go is tested with a process that can be told (tests/e2e).
#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>

#include "config_files.hpp"
#include "sharing_fixture.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class SharedProcesses : public SharingFixture {
 protected:
  static std::string camera(const std::string& name) { return "rtsp://u:secret@" + name + "/lives"; }
  std::filesystem::path folder_of(const std::string& id) {
    return shared_folder(data_.path(), spec(id).shared_key);
  }
  // The addresses that the process was started with.
  std::vector<std::string> played(const std::string& id) {
    std::vector<std::string> urls;
    const auto demo = read_json_file(folder_of(id) / "config/yolov5_demo.json");
    if (!demo) return urls;
    for (const json& channel : (*demo)["channels"]) urls.push_back(channel["url"]);
    return urls;
  }
};

TEST_F(SharedProcesses, TasksThatNeedTheSameSitInOne) {
  start_ingest();
  start_node();
  create_task(definition("one", camera("one")));
  create_task(definition("two", camera("two")));
  json other = definition("other", camera("other"));
  other["Algorithm"][0]["threshold"] = 90;
  create_task(other);
  EXPECT_FALSE(spec("one").shared_key.empty());
  EXPECT_EQ(spec("two").shared_key, spec("one").shared_key);
  EXPECT_NE(spec("other").shared_key, spec("one").shared_key) << "it needs other files";
  EXPECT_EQ(spec("one").shared_channel, 0);
  EXPECT_EQ(spec("two").shared_channel, 1);
  EXPECT_NE(spec("two").path_key, spec("one").path_key) << "each has its own life";
  const json shown = algorithm("two");
  EXPECT_EQ(shown["Process"], "shared");
  EXPECT_EQ(shown["SharedProcess"], folder_of("one").filename().string());
  EXPECT_EQ(shown["Channel"], 1);
  EXPECT_EQ(shown.dump().find(spec("one").shared_key), std::string::npos) << "who knows the key can post";
}

TEST_F(SharedProcesses, SomeHaveTheirOwn) {
  start_ingest();
  start_node();
  json own = definition("own", camera("own"));
  own["Algorithm"][0]["Extend"]["Process"] = "per_task";
  create_task(own);
  create_task(definition("file", (data_.path() / "lives").string()));
  json never = definition("never", camera("never"));
  never["Algorithm"][0]["Extend"]["Restart"] = "never";
  create_task(never);
  for (const char* id : {"own", "file", "never"}) {
    EXPECT_TRUE(spec(id).shared_key.empty()) << id;
    EXPECT_EQ(algorithm(id)["Process"], "per_task") << id;
    EXPECT_TRUE(eventually([&] { return pid(id) != 0; })) << id;
  }
  EXPECT_FALSE(algorithm("own").contains("NotShared"));
  EXPECT_EQ(algorithm("file")["NotShared"], "its video comes to an end");
  EXPECT_THAT(algorithm("never")["NotShared"].get<std::string>(), HasSubstr("never"));
}

TEST_F(SharedProcesses, AProcessOfOneChannelIsNotShared) {
  config_.max_channels = 1;
  start_ingest();
  start_node();
  create_task(definition("one", camera("one")));
  EXPECT_TRUE(spec("one").shared_key.empty());
}

TEST_F(SharedProcesses, FullOnesAreNotJoined) {
  config_.max_channels = 2;
  start_ingest();
  start_node();
  for (const char* id : {"one", "two", "three"}) create_task(definition(id, camera(id)));
  EXPECT_EQ(spec("two").shared_key, spec("one").shared_key);
  EXPECT_NE(spec("three").shared_key, spec("one").shared_key);
  EXPECT_TRUE(eventually([&] {
    const auto written = read_json_file(folder_of("one") / "config/http_push.json");
    return written && (*written)["thread_number"] == 2;
  }));
}

TEST_F(SharedProcesses, OneThatEndsIsStartedAgainWithAllItsCameras) {
  start_ingest();
  start_node();
  create_task(definition("one", camera("one")));
  ASSERT_TRUE(eventually([&] { return pid("one") != 0; }));
  create_task(definition("two", camera("two")));
  EXPECT_THAT(played("one"), ElementsAre(camera("one")));
  EXPECT_EQ(algorithm("two")["State"], "queued") << "the process does not listen yet";
  EXPECT_EQ(algorithm("two")["ReasonCode"], "shared_turn");
  const pid_t before = pid("one");
  ASSERT_EQ(kill(before, SIGKILL), 0);
  ASSERT_TRUE(eventually([&] { return pid("two") != 0; })) << algorithm("two");
  EXPECT_TRUE(eventually([&] { return pid("one") == pid("two"); }));
  EXPECT_NE(pid("one"), before);
  EXPECT_EQ(algorithm("one")["ExitSignal"], SIGKILL);
  EXPECT_EQ(algorithm("two")["Restarts"], 1);
  EXPECT_THAT(played("one"), ElementsAre(camera("one"), camera("two")));
}

TEST_F(SharedProcesses, PasswordsOfAllAreMaskedInTheLogAlsoOfOneThatHasLeft) {
  start_ingest();
  start_node();
  create_task(definition("one", camera("one")));
  ASSERT_TRUE(eventually([&] { return pid("one") != 0; }));
  create_task(definition("two", "rtsp://u:12 3@two/lives"));
  ASSERT_EQ(kill(pid("one"), SIGKILL), 0);
  ASSERT_TRUE(eventually([&] { return pid("two") != 0; })) << algorithm("two");
  std::ofstream(folder_of("one") / "stream.log", std::ios::app) << "lost rtsp://u:12 3@two/lives\n";
  post("delete", {{"TaskID", "two"}});
  const auto shown = stream::test::http_request(port(), "GET", "/api/v1/tasks/one/logs").body;
  EXPECT_THAT(shown, HasSubstr("lost rtsp://u:***@two/lives"));
  EXPECT_THAT(shown, testing::Not(HasSubstr("12 3")));
}

TEST_F(SharedProcesses, TheLastOneToGoEndsItAndNothingIsLeft) {
  start_ingest();
  start_node();
  create_task(definition("one", camera("one")));
  ASSERT_TRUE(eventually([&] { return pid("one") != 0; }));
  create_task(definition("two", camera("two")));
  const pid_t process = pid("one");
  const auto folder = folder_of("one");
  post("delete", {{"TaskID", "two"}});
  EXPECT_TRUE(is_alive(process));
  post("delete", {{"TaskID", "one"}});
  EXPECT_FALSE(is_alive(process)) << "the delete waits for its end";
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(folder); }, 20s));
}

TEST_F(SharedProcesses, ASeatThatIsTakenIsLeft) {
  start_ingest();
  start_node();
  create_task(definition("one", camera("one")));
  ASSERT_TRUE(eventually([&] { return pid("one") != 0; }));
  // As another api-node would that did not know of "one".
  TaskRecord intruder = record("one");
  intruder.task_id = "two";
  intruder.definition_json = definition("two", camera("two")).dump();
  intruder.algorithms[0].path_key = "another";
  ASSERT_TRUE(bus_->cas(topics::task_key("two"), 0, encode(intruder)).done());
  ASSERT_TRUE(eventually([&] { return spec("two").shared_key.empty(); })) << algorithm("two");
  EXPECT_THAT(spec("two").not_shared, HasSubstr("another task has its channel"));
  ASSERT_TRUE(eventually([&] { return pid("two") != 0; })) << algorithm("two");
  EXPECT_NE(pid("two"), pid("one"));
  EXPECT_EQ(spec("one").shared_channel, 0);
  EXPECT_THAT(played("one"), ElementsAre(camera("one")));
}

TEST_F(SharedProcesses, AllOfItMoveToTheSameIngestNode) {
  config_.ingest_grace = 100ms;
  start_ingest("ingest-1");
  start_node();
  for (const char* id : {"one", "two"}) create_task(definition(id, camera(id)));
  ASSERT_TRUE(eventually([&] { return pid("one") != 0; }));
  const FakeIngest second(*bus_, "ingest-2", true, "127.0.0.1:10002");
  const FakeIngest third(*bus_, "ingest-3", true, "127.0.0.1:10003");
  ingest_.reset();
  ASSERT_TRUE(eventually(
      [&] { return spec("one").ingest_node != "ingest-1" && spec("two").ingest_node != "ingest-1"; }, 20s));
  EXPECT_EQ(spec("one").ingest_node, spec("two").ingest_node);
  const int port = spec("one").ingest_node == "ingest-2" ? 10002 : 10003;
  EXPECT_TRUE(eventually([&] {
    const auto demo = read_json_file(folder_of("one") / "config/yolov5_demo.json");
    return demo && (*demo)["http_report"]["port"] == port;
  }));
}

TEST_F(SharedProcesses, ConfigurationSaysOneOfTwo) {
  config_.stream_process = "together";
  const auto node = ApiNode::start(config_, "api-1", *bus_, quick());
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().message, "stream_process: found \"together\", expected per_task, shared or nothing");
}

}  // namespace
}  // namespace stream::api::test
