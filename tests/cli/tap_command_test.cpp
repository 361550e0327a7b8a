#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "command_line.hpp"
#include "stream/common/files.hpp"
#include "stream/http/server.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::cli {
namespace {

using ::testing::HasSubstr;

FrameMeta frame_of(const std::string& task_id, std::int64_t frame_id) {
  FrameMeta frame;
  frame.task_id = task_id;
  frame.frame_id = frame_id;
  return frame;
}

class TapCommandTest : public ::testing::Test {
 protected:
  // Runs the tap in a thread of its own, and `publish` once it listens to `topic`.
  CommandLine::Outcome tap(std::vector<std::string> arguments, const std::string& topic,
                           const std::function<void()>& publish, bool until_stopped = false) {
    arguments.insert(arguments.begin(), "tap");
    CommandLine::Outcome outcome;
    ended_ = false;
    std::thread thread([&] {
      outcome = streamctl_.run(arguments);
      ended_ = true;
    });
    EXPECT_TRUE(eventually([&] { return publisher_->has_subscriber(topic) || ended_; }));
    publish();
    if (until_stopped) streamctl_.stop = true;
    EXPECT_TRUE(eventually([&] { return ended_.load(); })) << "the tap did not end by itself";
    streamctl_.stop = true;
    thread.join();
    return outcome;
  }

  void send(const FrameMeta& frame) {
    EXPECT_EQ(publisher_->publish(topics::frame(frame.task_id, frame.algorithm), encode(frame)),
              bus::PublishResult::kSent);
  }

  CommandLine streamctl_;
  std::atomic<bool> ended_ = false;
  std::unique_ptr<bus::Publisher> publisher_ = streamctl_.bus().make_publisher();
};

TEST_F(TapCommandTest, ShowsMessagesAndEndsAfterCount) {
  const auto outcome = tap({"frame/cam1", "--count", "2"}, topics::frame("cam1", 0), [&] {
    send(frame_of("cam1", 1));
    send(frame_of("cam1", 4));
  });
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("cam1/0 #1 "));
  EXPECT_THAT(outcome.out, HasSubstr("cam1/0 #4 "));
  EXPECT_THAT(outcome.err, HasSubstr("2 messages, 0 lost by this tap, 0 unreadable"));
}

TEST_F(TapCommandTest, IsNoConsumerEvenOfAWholeTopic) {
  bool consumer = true;
  tap({"frame/cam1/0", "--count", "1"}, topics::frame("cam1", 0), [&] {
    consumer = publisher_->has_consumer(topics::frame("cam1", 0));
    send(frame_of("cam1", 1));
  });
  EXPECT_FALSE(consumer);
}

TEST_F(TapCommandTest, JsonIsOneObjectALine) {
  const auto outcome =
      tap({"frames", "--count", "1", "--json"}, topics::frame("a/b", 0), [&] { send(frame_of("a/b", 7)); });
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["topic"], topics::frame("a/b", 0));
  EXPECT_EQ(json["message"]["frame_id"], 7);
  EXPECT_EQ(json["lost"], 0);
}

TEST_F(TapCommandTest, OwnLossesAreCountedAndShown) {
  // It holds 1000 messages, and may have taken one before it froze.
  const auto outcome = tap({"frame", "--count", "1002", "--json"}, topics::frame("cam1", 0), [&] {
    streamctl_.frozen = true;
    for (int i = 0; i < 1500; ++i) send(frame_of("cam1", i));
    streamctl_.frozen = false;
    EXPECT_TRUE(eventually([&] {
      if (!ended_)
        static_cast<void>(publisher_->publish(topics::frame("cam1", 0), encode(frame_of("cam1", 1500))));
      return ended_.load();
    }));
  });
  std::istringstream lines(outcome.out);
  std::uint64_t shown = 0, lost = 0, last = 0;
  for (std::string line; std::getline(lines, line); ++shown) {
    const auto json = nlohmann::json::parse(line);
    lost += json["lost"].get<std::uint64_t>();
    last = json["sequence"];
  }
  EXPECT_EQ(shown, 1002U);
  EXPECT_GE(lost, 499U);
  EXPECT_EQ(shown + lost, last) << "every message was shown or counted";
  EXPECT_THAT(outcome.err, HasSubstr(std::to_string(lost) + " lost by this tap"));
}

TEST_F(TapCommandTest, UnreadableMessagesAreCountedAndDoNotEndIt) {
  const auto outcome = tap({"frame", "--count", "1"}, topics::frame("cam1", 0), [&] {
    EXPECT_EQ(publisher_->publish(topics::frame("cam1", 0), "rubbish"), bus::PublishResult::kSent);
    send(frame_of("cam1", 1));
  });
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("1 messages, 0 lost by this tap, 1 unreadable"));
}

TEST_F(TapCommandTest, StopEndsIt) {
  const auto outcome = tap(
      {"*"}, topics::frame("cam1", 0), [] {}, true);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("0 messages"));
}

TEST_F(TapCommandTest, ImagesOfFramesAreFetchedFromTheirIngestNode) {
  const auto jpeg = picture::encode_jpeg({{64, 48}, std::vector<std::uint8_t>(std::size_t{64} * 48 * 3)});
  ASSERT_TRUE(jpeg);
  Metrics metrics;
  http::Router router(1);
  router.add("GET", "/frames/7/42.jpg", [&](const http::Request&) {
    return http::Response{.status = 200, .body = *jpeg, .content_type = "image/jpeg", .headers = {}};
  });
  const auto server = http::Server::start({}, router, metrics, "test");
  ASSERT_TRUE(server) << server.error().message;

  const test::TemporaryFolder folder;
  FrameMeta there = frame_of("cam1", 5);
  there.ref = {(*server)->address(), 7, 42};
  FrameMeta gone = frame_of("cam1", 8);
  gone.ref = {(*server)->address(), 7, 43};
  const auto outcome =
      tap({"frame", "--count", "2", "--images", folder.path() / "new"}, topics::frame("cam1", 0), [&] {
        send(there);
        send(gone);
      });
  std::ifstream file(folder.path() / "new/frame-cam1-0-5.jpg", std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), *jpeg);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "new/frame-cam1-0-8.jpg"));
  EXPECT_THAT(outcome.err, HasSubstr("the frame is gone"));
}

TEST_F(TapCommandTest, ImagesFolderThatCannotBeMadeIsAnError) {
  const auto outcome = streamctl_.run({"tap", "frame", "--images", "/proc/none"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("/proc/none"));
}

}  // namespace
}  // namespace stream::cli
