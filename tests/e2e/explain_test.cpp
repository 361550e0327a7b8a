// "Why was there no alarm?", asked of the whole system by REST and with streamctl.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "stream/common/eventually.hpp"
#include "stream/test/contents.hpp"
#include "system.hpp"

namespace stream::e2e {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// A street that never ends, drawn by stream-sim: plates pass all the time.
constexpr const char* kStreet = "/no/such/folder/street.avi";

class Explain : public ::testing::Test {
 protected:
  void create(const std::string& id, const json& extend) {
    json task = system_.task(id, 16, kStreet, 1);
    task["Algorithm"][0]["Extend"] = extend;
    ASSERT_EQ(system_.api("/task/create", task)["Code"], 0);
  }
  // The explanation of the only algorithm, or null with the reason.
  json explain(const std::string& id, const std::string& last = "30s") {
    const auto answer =
        test::http_request(system_.api_port(), "GET", "/api/v1/tasks/" + id + "/explain?last=" + last);
    const auto body = json::parse(answer.body, nullptr, false);
    EXPECT_TRUE(body.is_object()) << answer.body;
    reason_ = answer.body;
    return answer.status == 200 ? body["algorithms"][0] : json();
  }
  // Until so many frames with objects of which the rules stopped some are explained.
  bool wait_for_frames(const std::string& id, int frames) {
    return eventually(
        [&] {
          const json explained = explain(id);
          return explained.is_object() && explained["frames"]["count"] >= frames &&
                 !explained["objects"].empty();
        },
        seconds(60));
  }
  static std::string last_text(const json& object) { return object["changes"].back()["text"]; }

  System system_;
  std::string reason_;
};

TEST_F(Explain, NamesWhatStoppedEachObjectAndWhatAlarmed) {
  create("outside",
         {{"Rules",
           {{"area", {{"areas", {{{{"x", 0}, {"y", 0}}, {{"x", 3}, {"y", 0}}, {{"x", 3}, {"y", 3}}}}}}}}}});
  create("often", {{"InFrames", 1000}});
  create("alarms", json::object());

  ASSERT_TRUE(wait_for_frames("outside", 50)) << reason_;
  const json outside = explain("outside");
  for (const json& object : outside["objects"]) {
    EXPECT_EQ(object["alarms"], 0);
    EXPECT_EQ(object["changes"].back()["stopped_by"], "area") << object;
    EXPECT_THAT(last_text(object), ContainsRegex("^anchor [0-9.]+,[0-9.]+ outside area 1$"));
  }
  EXPECT_EQ(outside["process"]["state"], "running");
  EXPECT_EQ(outside["rules"][0]["rule"], "area");
  EXPECT_EQ(outside["rules"][0]["passed"], 0);

  ASSERT_TRUE(wait_for_frames("often", 20)) << reason_;
  const json often = explain("often");
  const json& seen = often["objects"].back();
  EXPECT_EQ(seen["changes"].back()["stopped_by"], "seen") << seen;
  EXPECT_THAT(last_text(seen), MatchesRegex("seen [0-9]+ of 1000"));

  ASSERT_TRUE(eventually(
      [&] {
        const auto all = system_.alarms();
        return std::any_of(all.begin(), all.end(),
                           [](const auto& alarm) { return alarm.task_id == "alarms"; });
      },
      seconds(60)));
  const json alarms = explain("alarms");
  const auto& objects = alarms["objects"];
  EXPECT_TRUE(std::any_of(objects.begin(), objects.end(), [](const json& object) {
    return object["alarms"] == 1 && object["alarm_frames"].size() == 1;
  })) << alarms;

  ProcessOptions command;
  command.arguments = {std::string(STREAM_BIN_DIR) + "/streamctl",
                       "explain",
                       "outside",
                       "--last",
                       "1m",
                       "--api",
                       "http://127.0.0.1:" + std::to_string(system_.api_port())};
  command.output_file = system_.folder() / "explain.txt";
  auto streamctl = Process::start(command).value();
  ASSERT_TRUE(streamctl.wait(seconds(20)).value_or(ExitStatus{true, 0}).clean());
  const auto text = test::contents(command.output_file);
  EXPECT_THAT(text, HasSubstr("task outside, the last 1m"));
  EXPECT_THAT(text, ContainsRegex("area +anchor [0-9.]+,[0-9.]+ outside area 1"));
}

TEST_F(Explain, AskedTwiceItSaysTheSameOfTheSameFrames) {
  create("often", {{"InFrames", 1000}});
  ASSERT_TRUE(wait_for_frames("often", 50)) << reason_;
  const json first = explain("often", "5m"), second = explain("often", "5m");
  ASSERT_TRUE(first.is_object() && second.is_object()) << reason_;
  ASSERT_EQ(first["complete"], true) << first;
  ASSERT_EQ(second["complete"], true) << second;
  EXPECT_EQ(first["frames"]["first"], second["frames"]["first"]);
  EXPECT_GE(second["frames"]["count"], first["frames"]["count"]);
  // Who is gone in the first answer is told the same way in the second.
  const std::int64_t end = first["frames"]["last"]["frame"];
  for (const json& object : first["objects"]) {
    if (object["last"]["frame"] >= end - 100) continue;
    const auto same = [&](const json& other) { return other["key"] == object["key"]; };
    const auto found = std::find_if(second["objects"].begin(), second["objects"].end(), same);
    if (found == second["objects"].end()) continue;  // it had to make room
    EXPECT_EQ((*found)["first"], object["first"]);
    EXPECT_EQ((*found)["changes"][0]["first"], object["changes"][0]["first"]);
  }
}

TEST_F(Explain, TheNextOwnerExplainsAfterAKill) {
  create("often", {{"InFrames", 1000}});
  ASSERT_TRUE(wait_for_frames("often", 50)) << reason_;
  for (const json& node : system_.nodes()) {
    if (node["role"] != "logic") continue;
    ASSERT_EQ(kill(node["pid"].get<pid_t>(), SIGKILL), 0);
  }
  // At first nobody has it, and that is said; then it goes on.
  ASSERT_TRUE(eventually([&] { return explain("often").is_null(); }, seconds(20)));
  EXPECT_THAT(reason_, HasSubstr("logic-node"));
  ASSERT_TRUE(wait_for_frames("often", 50)) << reason_;
  const json explained = explain("often");
  EXPECT_THAT(last_text(explained["objects"].back()), MatchesRegex("seen [0-9]+ of 1000"));
  EXPECT_FALSE(explained["memory_known_from"].is_null()) << explained;
}

TEST_F(Explain, ATaskWhoseStreamDoesNotRunSaysSo) {
  json task = system_.task("broken", 16, "rtsp://operator:hunter2secret@127.0.0.1:1/stream", 1);
  ASSERT_EQ(system_.api("/task/create", task)["Code"], 0);
  ASSERT_TRUE(eventually([&] { return explain("broken").is_object(); }, seconds(30))) << reason_;
  const json explained = explain("broken");
  EXPECT_EQ(explained["frames"]["count"], 0);
  EXPECT_EQ(explained["notes"][0], "no frame has come yet");
  EXPECT_TRUE(explained["process"].contains("state")) << explained;
  EXPECT_EQ(reason_.find("hunter2secret"), std::string::npos) << reason_;
}

}  // namespace
}  // namespace stream::e2e
