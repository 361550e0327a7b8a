// Cameras of several tasks in one stream process: whose frames are whose, and who notices when others come
// and go. Each camera has pictures of a width of its own, so that each frame says from which one it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "stream/bus/zmq_bus.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/messages.hpp"
#include "system.hpp"

namespace stream::e2e {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

// Everything that is published on frame topics.
class FrameWatch {
 public:
  struct Frame {
    std::int64_t id = 0;
    std::uint64_t number = 0, source = 0;
    std::int32_t width = 0;
    std::int64_t received_us = 0;
  };

  explicit FrameWatch(const std::filesystem::path& data_dir) {
    const std::string run = "ipc://" + (data_dir / "run").string();
    bus::ZmqBusOptions options;
    options.publish_endpoint = run + "/publish.sock";
    options.subscribe_endpoint = run + "/subscribe.sock";
    options.control_endpoint = run + "/control.sock";
    bus_ = bus::make_zmq_bus(options).value();
    thread_ = std::jthread([this](const std::stop_token& stop) {
      const auto subscriber = bus_->make_subscriber();
      subscriber->subscribe("frame/");
      while (!stop.stop_requested()) {
        const auto outcome = subscriber->receive(100ms);
        const auto* received = std::get_if<bus::Received>(&outcome);
        if (received == nullptr) continue;
        const auto meta = decode<FrameMeta>(received->payload);
        if (!meta) continue;
        const std::lock_guard lock(mutex_);
        frames_[meta->task_id].push_back(
            {meta->frame_id, meta->number, meta->source, meta->width, meta->received_us});
      }
    });
  }

  std::vector<Frame> of(const std::string& task) const {
    const std::lock_guard lock(mutex_);
    const auto found = frames_.find(task);
    return found == frames_.end() ? std::vector<Frame>{} : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Frame>> frames_;  // guarded by mutex_
  std::unique_ptr<bus::Bus> bus_;
  std::jthread thread_;
};

class SharedProcess : public ::testing::Test {
 protected:
  static SystemOptions sharing() {
    SystemOptions options;
    options.settings = {"api.stream_process=shared", "api.channel_alive_ms=5000",
                        "api.stop_grace_ms=0",       "api.max_channels=4",
                        "api.stall_ms=4000",         "api.stall_restart_ms=6000"};
    return options;
  }

  static std::string camera(int width, const std::string& options = "") {
    return "rtsp://operator:hunter2secret@street.invalid/1?size=" + std::to_string(width) + "x180&fps=5&" +
           options;
  }
  void create(const std::string& id, const std::string& address, const json& extend = json::object()) {
    json task = system_.task(id, 16, address, 1);
    task["Algorithm"][0]["Extend"] = extend;
    const json answer = system_.api("/task/create", task);
    ASSERT_EQ(answer["Code"], 0) << answer;
  }
  void remove(const std::string& id) {
    const json answer = system_.api("/task/delete", {{"TaskID", id}});
    EXPECT_EQ(answer["Code"], 0) << answer;
  }
  json stream(const std::string& id) {
    return system_.api("/task/query", {{"TaskID", id}})["Result"]["Algorithms"][0];
  }
  pid_t pid(const std::string& id) { return stream(id)["Pid"]; }
  bool reaches(const std::string& id, const std::string& state) {
    const bool is_there = eventually([&] { return stream(id)["State"] == state; }, 60s);
    EXPECT_TRUE(is_there) << id << ": expected " << state << ", found " << stream(id);
    return is_there;
  }
  bool frames_come(const std::string& id) {
    const auto before = watch_.of(id).size();
    const bool come = eventually([&] { return watch_.of(id).size() > before + 3; }, 30s);
    EXPECT_TRUE(come) << id << ": " << stream(id);
    return come;
  }
  // All frames of the task, from the first on, are those of one camera, one after the other.
  void expect_undisturbed(const std::string& id, int width) {
    const auto frames = watch_.of(id);
    ASSERT_FALSE(frames.empty()) << id;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      EXPECT_EQ(frames[i].width, width) << id << " has a frame of another camera";
      if (i == 0) continue;
      EXPECT_EQ(frames[i].number, frames[i - 1].number + 1) << id;
      EXPECT_GT(frames[i].id, frames[i - 1].id) << id << " began anew";
      EXPECT_LT(frames[i].received_us - frames[i - 1].received_us, 2'000'000) << id << " had to wait";
    }
  }

  System system_{sharing()};
  FrameWatch watch_{system_.data_dir()};
};

TEST_F(SharedProcess, CamerasComeAndGoAndTheOthersNoticeNothing) {
  create("cam1", camera(320));
  ASSERT_TRUE(reaches("cam1", "running"));
  const pid_t process = pid("cam1");
  ASSERT_TRUE(frames_come("cam1"));
  create("cam2", camera(480));
  ASSERT_TRUE(reaches("cam2", "running"));
  create("cam3", camera(640));
  ASSERT_TRUE(reaches("cam3", "running"));
  for (const char* id : {"cam1", "cam2", "cam3"}) {
    EXPECT_EQ(stream(id)["Process"], "shared") << stream(id);
    EXPECT_EQ(pid(id), process);
    EXPECT_TRUE(frames_come(id));
  }
  EXPECT_EQ(system_.stream_processes().size(), 1U) << "the model is in memory once";

  remove("cam2");
  const auto last = watch_.of("cam2").size();
  ASSERT_TRUE(frames_come("cam1"));
  ASSERT_TRUE(frames_come("cam3"));
  EXPECT_LE(watch_.of("cam2").size(), last + 1) << "it is not played any more";
  create("cam4", camera(560));
  ASSERT_TRUE(reaches("cam4", "running"));
  remove("cam1");  // the one that the process was started with
  ASSERT_TRUE(frames_come("cam3"));
  ASSERT_TRUE(frames_come("cam4"));
  EXPECT_EQ(system_.stream_processes(), std::set<pid_t>{process});
  expect_undisturbed("cam1", 320);
  expect_undisturbed("cam2", 480);
  expect_undisturbed("cam3", 640);
  expect_undisturbed("cam4", 560);

  remove("cam3");
  remove("cam4");
  EXPECT_TRUE(eventually([&] { return system_.stream_processes().empty(); }, 20s));
  EXPECT_TRUE(eventually([&] { return std::filesystem::is_empty(system_.data_dir() / "shared"); }, 20s));
}

TEST_F(SharedProcess, AChangedCameraComesAnewAndOnlyThat) {
  create("cam1", camera(320));
  ASSERT_TRUE(reaches("cam1", "running"));
  create("cam2", camera(480));
  ASSERT_TRUE(reaches("cam2", "running"));
  const pid_t process = pid("cam1");
  ASSERT_TRUE(frames_come("cam1"));

  // Another interval: the same channel plays it anew.
  const json slower = system_.task("cam2", 16, camera(480), 5);
  const json answer = system_.api("/task/create", slower);
  EXPECT_EQ(answer["Result"]["Algorithms"][0]["Change"], "restarted") << answer;
  ASSERT_TRUE(eventually(
      [&] {
        const auto frames = watch_.of("cam2");
        return frames.size() > 2 && frames.back().id - frames[frames.size() - 2].id == 5;
      },
      60s))
      << stream("cam2");
  EXPECT_EQ(stream("cam2")["Channel"], 1);
  EXPECT_EQ(pid("cam2"), process);

  // Another camera: another channel, and another life.
  ASSERT_EQ(system_.api("/task/create", system_.task("cam2", 16, camera(640), 1))["Code"], 0);
  ASSERT_TRUE(
      eventually([&] { return !watch_.of("cam2").empty() && watch_.of("cam2").back().width == 640; }, 60s))
      << stream("cam2");
  EXPECT_NE(stream("cam2")["Channel"], 1) << "frames of the former one may still come";
  std::map<std::uint64_t, std::set<std::int32_t>> widths;  // by life
  for (const auto& frame : watch_.of("cam2")) widths[frame.source].insert(frame.width);
  EXPECT_EQ(widths.size(), 2U);
  for (const auto& [life, seen] : widths) EXPECT_EQ(seen.size(), 1U) << "frames of two cameras in one life";

  // Rules are the logic-node's.
  json ruled = system_.task("cam1", 16, camera(320), 1);
  ruled["Algorithm"][0]["Extend"]["Rules"]["seen"]["in_frames"] = 2;
  EXPECT_EQ(system_.api("/task/create", ruled)["Result"]["Algorithms"][0]["Change"], "rules changed");
  ASSERT_TRUE(frames_come("cam1"));
  expect_undisturbed("cam1", 320);
  EXPECT_EQ(system_.stream_processes(), std::set<pid_t>{process});
}

TEST_F(SharedProcess, FullOnesAndOtherSettingsGetAnother) {
  for (int i = 0; i < 5; ++i) create("cam" + std::to_string(i), camera(320 + 16 * i));
  json task = system_.task("other", 16, camera(480), 1);
  task["Algorithm"][0]["threshold"] = 35;
  ASSERT_EQ(system_.api("/task/create", task)["Code"], 0);
  create("alone", camera(496), {{"Process", "per_task"}});
  create("file", "/no/such/street.avi?size=512x180");
  std::map<pid_t, int> cameras;
  for (const char* id : {"cam0", "cam1", "cam2", "cam3", "cam4", "other", "alone", "file"}) {
    ASSERT_TRUE(reaches(id, "running"));
    ++cameras[pid(id)];
  }
  EXPECT_EQ(cameras.size(), 5U);
  EXPECT_EQ(cameras[pid("cam0")], 4);
  EXPECT_EQ(stream("alone")["Process"], "per_task");
  EXPECT_EQ(stream("file")["Process"], "per_task");
  EXPECT_EQ(stream("file")["NotShared"], "its video comes to an end");
  for (int i = 0; i < 5; ++i) {
    const std::string id = "cam" + std::to_string(i);
    EXPECT_TRUE(frames_come(id));
    expect_undisturbed(id, 320 + 16 * i);
  }
}

TEST_F(SharedProcess, CameraThatDoesNotComeAliveGetsAProcessOfItsOwn) {
  create("cam1", camera(320));
  ASSERT_TRUE(reaches("cam1", "running"));
  const pid_t process = pid("cam1");
  ASSERT_TRUE(frames_come("cam1"));
  create("late", camera(480, "opens_after=8"));
  ASSERT_TRUE(eventually([&] { return stream("late")["Process"] == "per_task"; }, 30s)) << stream("late");
  EXPECT_THAT(stream("late")["NotShared"].get<std::string>(), HasSubstr("no video of it came for 5 s"));
  ASSERT_TRUE(reaches("late", "running"));
  EXPECT_NE(pid("late"), process);
  EXPECT_TRUE(frames_come("late"));
  EXPECT_EQ(system_.stream_processes().size(), 2U);
  EXPECT_TRUE(frames_come("cam1"));
  EXPECT_EQ(pid("cam1"), process);
  expect_undisturbed("cam1", 320);
  expect_undisturbed("late", 480);
  const auto tapped = system_.streamctl({"task", "query", "late"});
  EXPECT_THAT(tapped.output, HasSubstr("no video of it came"));
}

TEST_F(SharedProcess, KilledProcessComesBackWithAllItsCameras) {
  for (int i = 0; i < 3; ++i) {
    create("cam" + std::to_string(i), camera(320 + 16 * i));
    ASSERT_TRUE(reaches("cam" + std::to_string(i), "running"));
  }
  const pid_t before = pid("cam0");
  ASSERT_EQ(kill(before, SIGKILL), 0);
  for (const char* id : {"cam0", "cam1", "cam2"}) {
    ASSERT_TRUE(eventually([&] { return stream(id)["Restarts"] == 1; }, 20s)) << stream(id);
    ASSERT_TRUE(reaches(id, "running"));
    EXPECT_NE(pid(id), before);
    EXPECT_EQ(pid(id), pid("cam0"));
    EXPECT_EQ(stream(id)["ExitSignal"], SIGKILL);
    EXPECT_EQ(stream(id)["Process"], "shared") << "nobody is given up for that";
    EXPECT_TRUE(frames_come(id));
  }
  EXPECT_EQ(system_.stream_processes().size(), 1U);
}

TEST_F(SharedProcess, CameraThatStallsDoesNotDisturbTheOthers) {
  create("cam1", camera(320));
  ASSERT_TRUE(reaches("cam1", "running"));
  create("cam2", camera(480, "gone_after=3"));
  ASSERT_TRUE(reaches("cam2", "running"));
  const auto there = watch_.of("cam2").size();
  EXPECT_GT(there, 0U);
  EXPECT_TRUE(frames_come("cam1"));
  EXPECT_EQ(pid("cam1"), pid("cam2"));
  ASSERT_TRUE(eventually([&] { return stream("cam2")["State"] == "stalled"; }, 60s)) << stream("cam2");
  EXPECT_EQ(stream("cam1")["State"], "running");
  EXPECT_TRUE(frames_come("cam1"));
  expect_undisturbed("cam1", 320);
}

TEST_F(SharedProcess, CamerasThatComeWhileItLoadsItsModelAreToldLater) {
  create("cam1", camera(320, "loads_for=8"));
  create("cam2", camera(480));
  create("cam3", camera(560));
  for (const char* id : {"cam1", "cam2", "cam3"}) {
    ASSERT_TRUE(reaches(id, "running"));
    EXPECT_EQ(stream(id)["Process"], "shared") << stream(id);
    EXPECT_EQ(pid(id), pid("cam1"));
    EXPECT_TRUE(frames_come(id));
  }
  EXPECT_EQ(system_.stream_processes().size(), 1U);
}

TEST_F(SharedProcess, ProcessThatHasRunOutOfDescriptorsIsRestarted) {
  create("cam1", camera(320, "eat_descriptors=1&after=100"));
  ASSERT_TRUE(reaches("cam1", "running"));
  create("cam2", camera(480));
  ASSERT_TRUE(reaches("cam2", "running"));
  for (const char* id : {"cam1", "cam2"}) {
    ASSERT_TRUE(eventually([&] { return stream(id)["ReasonCode"] == "not_posted"; }, 60s)) << stream(id);
  }
  ASSERT_TRUE(eventually([&] { return stream("cam2")["Restarts"] >= 1; }, 60s)) << stream("cam2");
  ASSERT_TRUE(reaches("cam2", "running"));
  EXPECT_TRUE(frames_come("cam2"));
}

TEST_F(SharedProcess, KilledApiNodeGoesOnWithIt) {
  create("cam1", camera(320));
  ASSERT_TRUE(reaches("cam1", "running"));
  create("cam2", camera(480));
  ASSERT_TRUE(reaches("cam2", "running"));
  const pid_t process = pid("cam1");
  ASSERT_TRUE(frames_come("cam1"));
  const pid_t api = system_.pid_of("api");
  ASSERT_EQ(kill(api, SIGKILL), 0);
  ASSERT_TRUE(eventually([&] { return system_.pid_of("api") != api && system_.pid_of("api") != 0; }, 30s));
  ASSERT_TRUE(eventually(
      [&] { return test::http_request(system_.api_port(), "GET", "/readyz").status == 200; }, 30s));
  for (const char* id : {"cam1", "cam2"}) {
    ASSERT_TRUE(reaches(id, "running"));
    EXPECT_EQ(pid(id), process);
    EXPECT_EQ(stream(id)["Restarts"], 0);
  }
  create("cam3", camera(560));
  ASSERT_TRUE(reaches("cam3", "running"));
  remove("cam2");
  EXPECT_TRUE(frames_come("cam1"));
  EXPECT_TRUE(frames_come("cam3"));
  EXPECT_EQ(system_.stream_processes(), std::set<pid_t>{process});
  expect_undisturbed("cam1", 320);
  expect_undisturbed("cam3", 560);
}

TEST_F(SharedProcess, NobodySeesThePasswordOfAnother) {
  create("one", camera(320));
  ASSERT_TRUE(frames_come("one"));
  create("odd", "rtsp://oper:hun ter\"2secret@street.invalid/1?size=336x180&fps=5&flood=5");
  ASSERT_TRUE(frames_come("odd"));
  const auto logs_of = [&](const std::string& id) {
    return system_.streamctl({"task", "logs", id, "--lines", "1000"}).output;
  };
  EXPECT_TRUE(eventually([&] { return logs_of("one").find("Can not keep up") != std::string::npos; }, 20s));
  EXPECT_THAT(logs_of("one"), HasSubstr("oper:***@street.invalid"));
  remove("odd");
  for (const char* id : {"one", "odd"}) EXPECT_THAT(logs_of(id), ::testing::Not(HasSubstr("2secret"))) << id;
}

}  // namespace
}  // namespace stream::e2e
