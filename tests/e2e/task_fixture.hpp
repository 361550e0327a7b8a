// One system with one task that is in trouble, and delays that are short enough to wait for.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <vector>

#include "stream/common/eventually.hpp"
#include "stream/test/contents.hpp"
#include "system.hpp"

namespace stream::e2e {

// A drawn street as a file, and as a camera.
inline std::string street(const std::string& options) {
  return "/no/such/street.avi?size=320x180&" + options;
}
inline std::string camera(const std::string& options) {
  return "rtsp://operator:hunter2secret@street.invalid/1?size=320x180&" + options;
}

class TaskLife : public ::testing::Test {
 protected:
  // `more` settings, which win over those for quick tests.
  explicit TaskLife(const std::vector<std::string>& more = {}) : system_(quick(more)) {}

  static SystemOptions quick(const std::vector<std::string>& more) {
    SystemOptions options;
    options.settings = {"api.first_video_ms=4000", "api.stall_ms=2000",   "api.stall_restart_ms=1000",
                        "api.kill_after_ms=1000",  "api.stop_grace_ms=0", "api.stream_log_mib=1"};
    options.settings.insert(options.settings.end(), more.begin(), more.end());
    return options;
  }

  void create(const std::string& address, const nlohmann::json& extend = nlohmann::json::object()) {
    nlohmann::json task = system_.task("cam1", 16, address, 1);
    task["Algorithm"][0]["Extend"] = extend;
    const nlohmann::json answer = system_.api("/task/create", task);
    ASSERT_EQ(answer["Code"], 0) << answer;
  }
  void remove() { EXPECT_EQ(system_.api("/task/delete", {{"TaskID", "cam1"}})["Code"], 0); }
  nlohmann::json query() { return system_.api("/task/query", {{"TaskID", "cam1"}})["Result"]; }
  nlohmann::json stream() { return query()["Algorithms"][0]; }
  // Of the only algorithm.
  bool reaches(const std::string& state, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
    const bool is_there = eventually([&] { return stream()["State"] == state; }, limit);
    EXPECT_TRUE(is_there) << "expected " << state << ", found " << stream();
    return is_there;
  }
  std::filesystem::path folder() const { return system_.data_dir() / "tasks" / "cam1" / "0"; }

  // The first that its configuration names.
  std::filesystem::path model_of_the_task() const {
    const std::string end = ".bmodel";
    for (const auto& file : std::filesystem::directory_iterator(folder() / "config")) {
      const std::string text = test::contents(file.path());
      const auto at = text.find(end + '"');
      if (at == std::string::npos) continue;
      const auto begin = text.rfind('"', at) + 1;
      return system_.folder() / "installation/samples/build" / text.substr(begin, at + end.size() - begin);
    }
    return {};
  }
  // kill -9 of the only stream process. REQUIRES: there is one.
  void kill_stream() {
    const pid_t pid = stream()["Pid"];
    ASSERT_GT(pid, 0);
    ASSERT_EQ(kill(pid, SIGKILL), 0);
  }
  // kill -9, and waits until the next one is ready.
  void kill_api() {
    const pid_t before = system_.pid_of("api");
    ASSERT_EQ(kill(before, SIGKILL), 0);
    ASSERT_TRUE(eventually(
        [&] {
          const pid_t now = system_.pid_of("api");
          return now != before && now != 0 &&
                 test::http_request(system_.api_port(), "GET", "/readyz").status == 200;
        },
        std::chrono::seconds(30)));
  }

  System system_;
};

}  // namespace stream::e2e
