// A task that is changed while it runs: which stream process is touched, and whose rules its alarms follow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>

#include "stream/common/eventually.hpp"
#include "stream/common/files.hpp"
#include "stream/common/process.hpp"
#include "stream/test/contents.hpp"
#include "system.hpp"

namespace stream::e2e {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

// A street that never ends, drawn by stream-sim: plates pass all the time, from one side to the other.
constexpr const char* kStreet = "/no/such/folder/street.avi?size=640x360";

// Columns of the street, px, with a gap between them that no rounding bridges.
struct Part {
  int left, right;
};
constexpr Part kLeft{0, 270}, kRight{370, 640};

json corner(int x, int y) {
  return {{"x", x}, {"y", y}};
}

class LiveChanges : public ::testing::Test {
 protected:
  // A create comes in time, however slow this machine is.
  static SystemOptions patient() {
    SystemOptions options;
    options.settings = {"api.stop_grace_ms=60000"};
    return options;
  }
  // The task, to alarm in a part of the street. Each definition has a SrcID of its own: its alarms have it,
  // so that each tells by which definition it was decided.
  json definition(const std::string& src_id, const Part& part) const {
    json task = system_.task(kTask, 16, kStreet, 1);
    task["InputSrc"]["SrcID"] = src_id;
    const json area = {corner(part.left, 0), corner(part.right, 0), corner(part.right, 360),
                       corner(part.left, 360)};
    task["Algorithm"][0]["Extend"]["Rules"]["area"]["areas"] = json::array({area});
    return task;
  }
  std::string create(const json& task) {
    const json answer = system_.api("/task/create", task);
    EXPECT_EQ(answer["Code"], 0) << answer;
    return answer["Result"]["Algorithms"][0]["Change"];
  }
  test::HttpAnswer put(const json& task) {
    return test::http_request(system_.api_port(), "PUT", std::string("/api/v1/tasks/") + kTask, task.dump());
  }
  // What `streamctl task update` prints.
  std::string update(const json& task) {
    const auto file = system_.folder() / "task.json", printed = system_.folder() / "streamctl.log";
    EXPECT_TRUE(write_file(file, task.dump()));
    ProcessOptions options;
    options.arguments = {STREAM_BIN_DIR "/streamctl",
                         "task",
                         "update",
                         "-f",
                         file.string(),
                         "--api",
                         "http://127.0.0.1:" + std::to_string(system_.api_port())};
    options.output_file = printed;
    auto process = Process::start(options);
    EXPECT_TRUE(process && process->wait(seconds(60)).value_or(ExitStatus{true, 0}).clean());
    return test::contents(printed);
  }

  // Of the stream process; 0: there is none now.
  pid_t pid() {
    const json answer = system_.api("/task/query", {{"TaskID", kTask}});
    return answer["Code"] == 0 ? answer["Result"]["Algorithms"][0].value("Pid", 0) : 0;
  }
  bool has_process_other_than(pid_t old) {
    return eventually(
        [&] {
          const pid_t now = pid();
          return now != 0 && now != old && kill(old, 0) != 0;
        },
        seconds(30));
  }
  std::vector<receiver::ReceivedAlarm> alarms_of(const std::string& src_id) const {
    auto alarms = system_.alarms();
    std::erase_if(alarms, [&](const auto& alarm) { return alarm.src_id != src_id; });
    return alarms;
  }
  bool alarms_again(const std::string& src_id) const {
    const auto before = alarms_of(src_id).size();
    return eventually([&] { return alarms_of(src_id).size() > before; }, seconds(60));
  }
  void expect_only_inside(const std::string& src_id, const Part& part) const {
    for (const auto& alarm : alarms_of(src_id)) {
      for (const auto& event : alarm.events) {
        const auto middle = (event.box.left_top_x + event.box.right_btm_x) / 2;
        EXPECT_TRUE(middle >= part.left && middle <= part.right) << "of " << src_id << " at " << middle;
      }
    }
  }
  // Whether a file of the stream process's configuration says so.
  bool is_configured(const std::string& text) const {
    const auto folder = system_.data_dir() / "tasks" / kTask / "0" / "config";
    const std::filesystem::directory_iterator files(folder);
    return std::any_of(begin(files), end(files), [&](const auto& file) {
      return test::contents(file.path()).find(text) != std::string::npos;
    });
  }

  static constexpr const char* kTask = "cam1";
  System system_{patient()};
};

TEST_F(LiveChanges, RulesChangeUnderAProcessThatGoesOnAndADetectorIsStartedAgain) {
  ASSERT_EQ(create(definition("first", kLeft)), "added");
  ASSERT_TRUE(alarms_again("first"));
  const pid_t process = pid();
  ASSERT_NE(process, 0);

  const auto answer = put(definition("second", kRight));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json::parse(answer.body)["algorithms"][0]["change"], "rules changed");
  ASSERT_TRUE(alarms_again("second"));
  EXPECT_EQ(pid(), process);
  expect_only_inside("first", kLeft);
  expect_only_inside("second", kRight);
  // One process numbers the frames, and from one of them on the new rules hold.
  const auto by_frame = [](const auto& a, const auto& b) { return a.frame_index < b.frame_index; };
  const auto old_ones = alarms_of("first"), new_ones = alarms_of("second");
  EXPECT_LT(std::max_element(old_ones.begin(), old_ones.end(), by_frame)->frame_index,
            std::min_element(new_ones.begin(), new_ones.end(), by_frame)->frame_index);

  json third = definition("third", kLeft);
  third["Algorithm"][0]["threshold"] = 25;
  EXPECT_THAT(update(third), ContainsRegex("16 +license_plate_recognition +restarted"));
  ASSERT_TRUE(has_process_other_than(process));
  EXPECT_TRUE(is_configured("\"threshold_conf\": 0.25"));
  ASSERT_TRUE(alarms_again("third"));
  expect_only_inside("third", kLeft);

  const pid_t restarted = pid();
  json wrong = definition("fourth", kRight);
  wrong["Algorithm"][0]["Extend"]["Rules"]["area"]["areas"] = "everywhere";
  const auto refused = put(wrong);
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("/areas"));
  EXPECT_TRUE(alarms_again("third")) << "the task is as it was";
  EXPECT_EQ(pid(), restarted);
  EXPECT_TRUE(alarms_of("fourth").empty());
}

// How application-web has a task changed.
TEST_F(LiveChanges, DeleteAndCreateDoTheSame) {
  ASSERT_EQ(create(definition("first", kLeft)), "added");
  ASSERT_TRUE(alarms_again("first"));
  const pid_t process = pid();
  const auto remove = [&] { return system_.api("/task/delete", {{"TaskID", kTask}})["Code"]; };

  ASSERT_EQ(remove(), 0);
  EXPECT_EQ(create(definition("second", kRight)), "rules changed");
  ASSERT_TRUE(alarms_again("second"));
  EXPECT_EQ(pid(), process);
  expect_only_inside("second", kRight);

  json third = definition("third", kLeft);
  third["Algorithm"][0]["threshold"] = 25;
  ASSERT_EQ(remove(), 0);
  EXPECT_EQ(create(third), "restarted");
  ASSERT_TRUE(has_process_other_than(process));
  ASSERT_TRUE(alarms_again("third"));
  expect_only_inside("third", kLeft);
}

}  // namespace
}  // namespace stream::e2e
