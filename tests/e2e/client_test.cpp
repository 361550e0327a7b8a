// stream-client alone: the recorded corpora, posted to the real binary, give exactly the alarms of the
// oracles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "oracle.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/process.hpp"
#include "stream/test/contents.hpp"
#include "stream/test/inbox.hpp"
#include "stream/test/shared_data.hpp"
#include "stream/test/tcp_client.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::e2e {
namespace {

using std::chrono::seconds;
using test::Inbox;
using ::testing::HasSubstr;
using Alarms = std::vector<receiver::ReceivedAlarm>;

class StreamClient : public ::testing::Test {
 protected:
  // Starts the program; `output()` has what it writes.
  Process run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), STREAM_BIN_DIR "/stream-client");
    ProcessOptions options;
    options.arguments = std::move(arguments);
    options.output_file = folder_.path() / "output";
    auto process = Process::start(options);
    if (!process) throw std::runtime_error(process.error().message);
    return *std::move(process);
  }
  // The same, on a port of its own; returns when it takes frames at `address_`.
  Process serve(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--host", "127.0.0.1", "--port", "0"});
    auto process = run(std::move(arguments));
    const bool ready = eventually([&] { return !(address_ = find_address()).empty(); }, seconds(20));
    if (!ready) throw std::runtime_error("not ready: " + output());
    return process;
  }
  std::string output() const { return test::contents(folder_.path() / "output"); }

  // Each line of the file, one after the other on one connection; returns how many.
  int post(const std::filesystem::path& file) {
    test::TcpClient client(address_);
    std::ifstream lines(file);
    int posted = 0;
    for (std::string body; std::getline(lines, body); ++posted) {
      client.send("POST /flask_test/0 HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
                  "\r\n\r\n" + body);
      const auto status = client.read_answer().status;
      EXPECT_EQ(status, 200) << "line " << posted;
      if (status != 200) break;
    }
    return posted;
  }

  static void expect_clean_end(Process& client) {
    client.signal(SIGTERM);
    const auto ended = client.wait(seconds(30));
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->clean()) << ended->text();
  }

  const test::TemporaryFolder folder_;
  std::string address_;

 private:
  std::string find_address() const {
    const std::string text = output();
    const auto at = text.find("listen=");
    const auto end = text.find(" admin=", at);
    return at == std::string::npos || end == std::string::npos ? "" : text.substr(at + 7, end - at - 7);
  }
};

std::filesystem::path oracle(const std::filesystem::path& shared, const std::string& name) {
  return shared / "frames" / "oracle" / (name + ".json");
}

std::size_t events_in(const Alarms& alarms) {
  std::size_t events = 0;
  for (const auto& alarm : alarms) events += alarm.events.size();
  return events;
}

struct Recording {
  std::size_t corpus;  // in kCorpora
  std::string size;
  int sample_interval;
  int in_frames, out_frames;
};

class StreamClientOracle : public StreamClient, public ::testing::WithParamInterface<Recording> {};

TEST_P(StreamClientOracle, TwoReceiversTogetherGetExactlyTheExpectedAlarms) {
  const auto shared = test::shared_dir();
  const auto frames = test::assembled_frames();
  if (!shared || !frames) GTEST_SKIP() << "the recorded frames are not here: " << frames.error().message;
  const Recording& recording = GetParam();
  const Corpus& corpus = kCorpora[recording.corpus];
  const auto name = corpus.name + "_" + recording.size;
  const auto rule = "n" + std::to_string(recording.in_frames) + "_m" + std::to_string(recording.out_frames);

  Inbox first, second;
  auto client =
      serve({"--task_id", "gate", "--type", std::to_string(corpus.type), "--sample_interval",
             std::to_string(recording.sample_interval), "--extend",
             nlohmann::json{{"InFrames", recording.in_frames}, {"OutFrames", recording.out_frames}}.dump(),
             "--url", "['" + first.url() + "', '" + second.url() + "']"});
  EXPECT_GT(post(*frames / (name + ".ndjson")), 100);
  const auto expected =
      read_oracle(oracle(*shared, name + "." + rule + corpus.oracle_suffix), corpus.has_key);
  ASSERT_FALSE(expected.empty());
  EXPECT_TRUE(
      eventually([&] { return events_in(first.alarms()) + events_in(second.alarms()) >= expected.size(); },
                 seconds(60)));
  expect_clean_end(client);

  auto all = first.alarms();
  const auto rest = second.alarms();
  // They take turns, unless one has its hands full just then.
  EXPECT_GE(3 * std::min(all.size(), rest.size()), std::max(all.size(), rest.size()));
  all.insert(all.end(), rest.begin(), rest.end());
  EXPECT_EQ(received(all, "gate", corpus.has_key), expected);
}

INSTANTIATE_TEST_SUITE_P(Recordings, StreamClientOracle,
                         ::testing::Values(Recording{0, "768x576", 1, 3, 5}, Recording{1, "768x576", 1, 3, 5},
                                           Recording{2, "768x576", 1, 3, 5}, Recording{3, "768x576", 1, 3, 5},
                                           Recording{0, "1920x1080", 3, 5, 2},
                                           Recording{2, "1920x1080", 3, 1, 1000}),
                         [](const auto& recording) {
                           return kCorpora[recording.param.corpus].name + "_" + recording.param.size;
                         });

// Four cameras in one stream process. Which of them has what kind of objects, and so a type and an oracle.
struct Camera {
  int channel;
  int type;
  bool has_key;
};

class StreamClientCameras : public StreamClient, public ::testing::WithParamInterface<Camera> {};

TEST_P(StreamClientCameras, EachIsFilteredByItself) {
  const auto shared = test::shared_dir();
  const auto frames = test::assembled_frames();
  if (!shared || !frames) GTEST_SKIP() << "the recorded frames are not here: " << frames.error().message;
  const Camera& camera = GetParam();

  Inbox inbox;
  auto client = serve({"--type", std::to_string(camera.type), "--url", inbox.url()});
  EXPECT_GT(post(*frames / "mixed_768x576.ndjson"), 1900);
  const auto name = "mixed_768x576.ch" + std::to_string(camera.channel) + ".n3_m5";
  const auto expected = read_oracle(oracle(*shared, name), camera.has_key);
  const auto of_camera = [&] {
    auto alarms = inbox.alarms();
    std::erase_if(alarms, [&](const receiver::ReceivedAlarm& alarm) {
      const auto extend = nlohmann::json::parse(alarm.events.at(0).extend_json);
      return extend.value("ChannelID", -1) != camera.channel;
    });
    return received(alarms, "0", camera.has_key);
  };
  EXPECT_TRUE(eventually([&] { return of_camera().size() >= expected.size(); }, seconds(60)));
  expect_clean_end(client);
  EXPECT_EQ(of_camera(), expected);
}

INSTANTIATE_TEST_SUITE_P(Cameras, StreamClientCameras,
                         ::testing::Values(Camera{0, 16, true}, Camera{1, 1, false}, Camera{3, 3, false}),
                         [](const auto& camera) { return "Channel" + std::to_string(camera.param.channel); });

TEST_F(StreamClient, ReceiverThatComesLateMissesNothing) {
  const auto shared = test::shared_dir();
  const auto frames = test::assembled_frames();
  if (!shared || !frames) GTEST_SKIP() << "the recorded frames are not here: " << frames.error().message;
  const auto address = Inbox().address();
  auto client = serve({"--type", "16", "--url", "http://" + address + "/api/upload"});
  EXPECT_GT(post(*frames / "license_plate_768x576.ndjson"), 100);
  Inbox inbox(address);
  const auto expected = read_oracle(oracle(*shared, "license_plate_768x576.n3_m5"), true);
  EXPECT_TRUE(eventually([&] { return events_in(inbox.alarms()) >= expected.size(); }, seconds(60)));
  expect_clean_end(client);
  EXPECT_EQ(received(inbox.alarms(), "0", true), expected);
}

TEST_F(StreamClient, WithoutFlagsItShowsNewObjectsOfEachClass) {
  auto client = serve({});
  const std::string frame =
      R"({"mDetectedObjectMetadatas":[{"mBox":{"mHeight":4,"mWidth":3,"mX":2,"mY":1},"mClassify":5,"mScores":[1]}],)"
      R"("mFrame":{"mChannelId":0,"mFrameId":)";
  for (int i = 1; i <= 4; ++i) {
    const auto body = frame + std::to_string(i) + R"(,"mHeight":9,"mSpData":"","mTimestamp":0,"mWidth":9}})";
    EXPECT_EQ(test::http_request(address_, "POST", "/any/path", body).status, 200);
  }
  EXPECT_TRUE(eventually([&] { return output().find("alarm task") != std::string::npos; })) << output();
  expect_clean_end(client);
  EXPECT_THAT(output(), HasSubstr("no_report_url"));
  EXPECT_THAT(output(), HasSubstr(R"(alarm task "0" frame 3: type 0 object "5" at 2,1 3x4 {"ChannelID":0})"));
}

TEST_F(StreamClient, BadFlagsEndItWithTheReason) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--type", "99"}, "stream-client: type: found 99, expected one of 1 (tripwire)"},
      {{"--type", "plates"}, "stream-client: type: found plates, expected an integer"},
      {{"--port", "99999"}, "stream-client: port: found 99999, expected an integer from 0 to 65535"},
      {{"--host", "nowhere"}, "stream-client: host: found \"nowhere\", expected an IPv4"},
      {{"--url", "['http://a'"}, "stream-client: url: found ['http://a', expected a list"},
      {{"--task-id", ""}, "stream-client: task_id: "},
      {{"--no-such-flag", "1"}, "stream-client: no-such-flag: unknown key"},
  };
  for (const auto& [arguments, reason] : cases) {
    auto client = run(arguments);
    const auto ended = client.wait(seconds(20));
    ASSERT_TRUE(ended) << reason;
    EXPECT_EQ(ended->text(), "exit code 2") << reason;
    EXPECT_THAT(output(), HasSubstr(reason));
  }
}

}  // namespace
}  // namespace stream::e2e
