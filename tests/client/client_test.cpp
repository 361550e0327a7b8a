// The whole client inside the test's process, posted to as a stream process would, with real receivers.
#include "client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "client_task.hpp"
#include "stream/common/base64.hpp"
#include "stream/common/eventually.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/test/inbox.hpp"
#include "stream/test/tcp_client.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;
using test::Inbox;

std::vector<std::int64_t> frames_of(const Inbox& inbox) {
  std::vector<std::int64_t> frames;
  for (const auto& alarm : inbox.alarms()) frames.push_back(alarm.frame_index);
  std::sort(frames.begin(), frames.end());
  return frames;
}

// A picture that no compression makes small: some 250 KB.
const std::string& scene() {
  static const std::string text = [] {
    picture::Image image{{512, 512}, std::vector<std::uint8_t>(std::size_t{3} * 512 * 512)};
    std::uint32_t noise = 1;
    for (auto& value : image.rgb)
      value = static_cast<std::uint8_t>((noise = noise * 1664525 + 1013904223) >> 24);
    return base64_encode(*picture::encode_jpeg(image));
  }();
  return text;
}

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    config_.host = "127.0.0.1";
    config_.port = 0;
    config_.extend = R"({"InFrames": 1})";
    config_.stop_grace = 10s;
  }

  void start() {
    const auto task = make_task_record(config_);
    ASSERT_TRUE(task) << task.error().message;
    auto started = Client::start(config_, *task, metrics_, "client", out_);
    ASSERT_TRUE(started) << started.error().message;
    client_ = *std::move(started);
    ASSERT_TRUE(eventually([&] { return client_->not_ready().empty(); })) << client_->not_ready();
  }

  // A frame with one detection of that class.
  int post(int camera, int frame, int object, const std::string& path = "/flask_test/0") {
    const auto body = fmt::format(
        R"({{"mDetectedObjectMetadatas":[{{"mBox":{{"mHeight":40,"mWidth":30,"mX":20,"mY":10}},"mClassify":{},)"
        R"("mScores":[0.5]}}],"mFrame":{{"mChannelId":{},"mEndOfStream":false,"mFrameId":{},"mHeight":512,)"
        R"("mSpData":"{}","mTimestamp":0,"mWidth":512}}}})",
        object, camera, frame, scene());
    return test::http_request(client_->address(), "POST", path, body).status;
  }
  // Each is an object of its own, and so an alarm.
  void post_objects(int first, int last) {
    for (int i = first; i <= last; ++i) ASSERT_EQ(post(0, i, i), 200);
  }

  double metric(const std::string& name, const Labels& labels = {}) {
    return metrics_.counter(name, "", labels).value();
  }
  double decided() { return metric("stream_logic_alarms_decided_total"); }
  double enqueued() { return metric("stream_logic_alarms_enqueued_total"); }
  std::size_t stop(std::chrono::milliseconds grace = 10s) {
    return client_->stop(grace, [](std::chrono::milliseconds) { return false; });
  }

  Metrics metrics_;
  ClientConfig config_;
  std::ostringstream out_;
  std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, ReportsWhatIsPostedUnderAnyPath) {
  Inbox inbox;
  config_.task_id = "gate";
  config_.src_id = "north";
  config_.url = inbox.url();
  start();
  EXPECT_EQ(post(0, 1, 7, "/"), 200);
  EXPECT_EQ(post(0, 2, 8, "/flask_test/113"), 200);
  ASSERT_TRUE(eventually([&] { return inbox.alarms().size() == 2; }));
  const auto alarm = inbox.alarms()[0];
  EXPECT_EQ(alarm.task_id, "gate");
  EXPECT_EQ(alarm.src_id, "north");
  EXPECT_EQ(alarm.scene.size(), base64_decode(scene())->size())
      << "the picture of the frame, not a placeholder";
  ASSERT_EQ(alarm.events.size(), 1U);
  EXPECT_EQ(alarm.events[0].box, (receiver::Corners{20, 10, 50, 50}));
}

TEST_F(ClientTest, CamerasAreFilteredApart) {
  Inbox inbox;
  config_.url = inbox.url();
  config_.extend = R"({"InFrames": 2})";
  start();
  // The same class and the same frame numbers: together they would alarm in frame 1.
  EXPECT_EQ(post(4, 1, 7), 200);
  EXPECT_EQ(post(9, 1, 7), 200);
  EXPECT_EQ(post(4, 2, 7), 200);
  EXPECT_EQ(post(9, 2, 7), 200);
  ASSERT_TRUE(eventually([&] { return inbox.alarms().size() == 2; }));
  EXPECT_THAT(frames_of(inbox), ElementsAre(2, 2));
  std::vector<int> cameras;
  for (const auto& alarm : inbox.alarms()) {
    cameras.push_back(nlohmann::json::parse(alarm.events.at(0).extend_json).value("ChannelID", -1));
  }
  EXPECT_THAT(cameras, ::testing::UnorderedElementsAre(4, 9));
}

TEST_F(ClientTest, SeveralUrlsTakeTurns) {
  Inbox first, second;
  config_.url = fmt::format("['{}', '{}']", first.url(), second.url());
  start();
  for (int i = 1; i <= 10; ++i) {  // one after the other: who has its hands full misses its turn
    post_objects(i, i);
    ASSERT_TRUE(eventually(
        [&] { return first.alarms().size() + second.alarms().size() == static_cast<std::size_t>(i); }));
  }
  EXPECT_EQ(first.alarms().size(), 5U);
  EXPECT_EQ(second.alarms().size(), 5U);
}

TEST_F(ClientTest, UrlThatIsDownAtFirstLosesNothing) {
  const auto address = Inbox().address();
  config_.url = fmt::format("http://{}/api/upload", address);
  start();
  post_objects(1, 6);
  ASSERT_TRUE(eventually([&] {
    return decided() == 6 &&
           metric("stream_reporter_attempts_total", {{"outcome", "retry"}, {"reason", "connect"}}) > 0;
  }));
  Inbox inbox(address);
  EXPECT_TRUE(eventually([&] { return inbox.alarms().size() >= 6; }, 20s));
  EXPECT_THAT(frames_of(inbox), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(ClientTest, QueueThatIsFullHoldsUpDecisionsUntilTheUrlIsBack) {
  const auto address = Inbox().address();
  config_.url = fmt::format("http://{}/api/upload", address);
  config_.queue_mib = 1;  // a few alarms of 250 KB
  start();
  post_objects(1, 80);
  // What does not fit is decided, up to 64, and after that frames wait.
  ASSERT_TRUE(eventually([&] {
    return metric("stream_logic_enqueue_repeats_total", {{"reason", "full"}}) > 0;
  }));
  EXPECT_LT(decided(), 80);
  EXPECT_LT(enqueued(), 10);
  Inbox inbox(address);
  EXPECT_TRUE(eventually([&] { return inbox.alarms().size() >= 80; }, 40s)) << inbox.alarms().size();
  std::vector<std::int64_t> all(80);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i) + 1;
  EXPECT_EQ(frames_of(inbox), all);
}

TEST_F(ClientTest, WithoutAUrlAlarmsArePrintedAndSaved) {
  const test::TemporaryFolder folder;
  config_.save_dir = folder.path() / "alarms";
  start();
  EXPECT_EQ(post(3, 12, 7), 200);
  ASSERT_TRUE(eventually([&] { return metric("stream_client_alarms_printed_total") == 1; }));
  EXPECT_EQ(stop(), 0U);
  EXPECT_EQ(out_.str(), "alarm task \"0\" frame 12: type 0 object \"7\" at 20,10 30x40 {\"ChannelID\":3}\n");
  std::size_t files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(config_.save_dir)) {
    files += file.path().extension() == ".json" ? 1 : 0;
  }
  EXPECT_EQ(files, 1U);
}

TEST_F(ClientTest, StopDeliversWhatIsDecided) {
  Inbox inbox;
  config_.url = inbox.url();
  start();
  post_objects(1, 20);
  ASSERT_TRUE(eventually([&] { return decided() == 20; }));
  EXPECT_EQ(stop(), 0U);
  EXPECT_EQ(inbox.alarms().size(), 20U) << "all of them before stop() returned";
}

TEST_F(ClientTest, StopEndsInTimeAndTellsWhatItCouldNotDeliver) {
  config_.url = fmt::format("http://{}/api/upload", Inbox().address());
  start();
  post_objects(1, 3);
  ASSERT_TRUE(eventually([&] { return enqueued() == 3; }));
  EXPECT_EQ(stop(100ms), 3U);
}

TEST_F(ClientTest, StopHurriesWhenTold) {
  config_.url = fmt::format("http://{}/api/upload", Inbox().address());
  start();
  post_objects(1, 1);
  ASSERT_TRUE(eventually([&] { return enqueued() == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(client_->stop(1h, [](std::chrono::milliseconds) { return true; }), 1U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1min);
}

TEST_F(ClientTest, PortThatIsTakenIsAnError) {
  start();
  config_.port =
      static_cast<std::uint16_t>(std::stoi(client_->address().substr(client_->address().rfind(':') + 1)));
  const auto task = make_task_record(config_);
  ASSERT_TRUE(task);
  Metrics metrics;
  const auto second = Client::start(config_, *task, metrics, "second", out_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("Address already in use"));
}

}  // namespace
}  // namespace stream::client
