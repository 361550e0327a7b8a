// What becomes of a task when something runs out: memory, descriptors, the disk, room for another process.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "stream/common/files.hpp"
#include "stream/test/temporary_folder.hpp"
#include "task_fixture.hpp"

namespace stream::e2e {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST_F(TaskLife, ProcessOutOfDescriptorsIsRestartedThoughItDecodes) {
  create(camera("eat_descriptors=1&after=50"));
  ASSERT_TRUE(reaches("running"));
  ASSERT_TRUE(reaches("stalled", 60s));
  EXPECT_EQ(stream()["ReasonCode"], "not_posted");
  EXPECT_GT(stream()["FpsIn"], 0);
  EXPECT_TRUE(eventually([&] { return stream()["Restarts"] == 1 && stream()["State"] == "running"; }, 30s))
      << stream();
}

class SmallProcesses : public TaskLife {
 protected:
  SmallProcesses() : TaskLife({"api.max_process_mib=150"}) {}
};

TEST_F(SmallProcesses, ProcessThatLeaksMemoryIsRestartedBeforeItHurtsOthers) {
  create(camera("leak=100&leak_most=400&after=25"));
  ASSERT_TRUE(reaches("running"));
  EXPECT_GT(stream()["MemoryMib"], 0);
  ASSERT_TRUE(eventually([&] { return stream()["ReasonCode"] == "memory_limit"; }, 30s)) << stream();
  EXPECT_TRUE(eventually([&] { return stream()["Restarts"] >= 1; }, 30s)) << stream();
}

class TwoProcesses : public TaskLife {
 protected:
  TwoProcesses() : TaskLife({"api.max_processes=2"}) {}
};

TEST_F(TwoProcesses, FurtherTasksAreQueuedUntilThereIsRoom) {
  for (const char* id : {"cam1", "cam2", "cam3"}) {
    ASSERT_EQ(system_.api("/task/create", system_.task(id, 16, camera(""), 1))["Code"], 0);
  }
  const auto state = [&](const std::string& id) {
    return system_.api("/task/query", {{"TaskID", id}})["Result"]["Algorithms"][0];
  };
  ASSERT_TRUE(eventually([&] { return system_.stream_processes().size() == 2; }, 20s));
  std::string waits;
  for (const char* id : {"cam1", "cam2", "cam3"}) {
    if (state(id)["State"] == "queued") waits = id;
  }
  ASSERT_FALSE(waits.empty());
  ASSERT_TRUE(eventually([&] { return state(waits)["ReasonCode"] == "process_limit"; }));
  const std::string other = waits == "cam1" ? "cam2" : "cam1";
  ASSERT_EQ(system_.api("/task/delete", {{"TaskID", other}})["Code"], 0);
  EXPECT_TRUE(eventually([&] { return state(waits)["State"] == "running"; }, 20s)) << state(waits);
}

// A device that says how much memory it has free: a file of the test.
struct DeviceFile {
  void set_free(int mib) const {
    EXPECT_TRUE(write_file(file(), fmt::format("[0] npu heap size:{} bytes, used:0 bytes\n", mib << 20U)));
  }
  std::string file() const { return device_.path() / "summary"; }

  test::TemporaryFolder device_;
};

class DeviceMemory : protected DeviceFile, public TaskLife {
 protected:
  DeviceMemory() : TaskLife({"api.device_memory_mib=100", "api.device_memory_file=" + file()}) {}
};

TEST_F(DeviceMemory, ProcessIsStartedWhenTheDeviceHasRoomForIt) {
  set_free(99);
  create(camera(""));
  ASSERT_TRUE(eventually([&] { return stream()["ReasonCode"] == "device_memory"; }, 10s)) << stream();
  EXPECT_EQ(stream()["State"], "queued");
  EXPECT_THAT(stream()["Reason"].get<std::string>(), HasSubstr("device_memory_mib"));
  EXPECT_EQ(query()["Status"], 0);
  set_free(100);
  EXPECT_TRUE(reaches("running"));
}

// The disk of the tasks' folder, 8 MiB.
class SmallDisk : public TaskLife {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(disk());
    if (::mount("tmpfs", disk().c_str(), "tmpfs", 0, "size=8m") != 0) {
      GTEST_SKIP() << "a small disk cannot be mounted here: " << std::strerror(errno);
    }
    is_mounted_ = true;
  }
  void TearDown() override {
    if (is_mounted_) ::umount2(disk().c_str(), MNT_DETACH);
  }
  std::filesystem::path disk() const { return system_.data_dir() / "tasks"; }
  void fill() {
    std::ofstream file(disk() / "filler", std::ios::binary);
    const std::string block(4096, 'x');
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void free() { std::filesystem::remove(disk() / "filler"); }

  bool is_mounted_ = false;
};

TEST_F(SmallDisk, FullDiskStopsNoVideoAndWhatCannotStartWaits) {
  create(camera(""));
  ASSERT_TRUE(reaches("running"));
  fill();
  ASSERT_EQ(system_.api("/task/create", system_.task("cam2", 16, camera(""), 1))["Code"], 0);
  const auto second = [&] {
    return system_.api("/task/query", {{"TaskID", "cam2"}})["Result"]["Algorithms"][0];
  };
  ASSERT_TRUE(eventually([&] { return second()["ReasonCode"] == "start_failed"; }, 20s)) << second();
  EXPECT_THAT(second()["Reason"].get<std::string>(), HasSubstr("No space left on device"));
  EXPECT_FALSE(eventually([&] { return stream()["State"] != "running"; }, 4s)) << stream();
  free();
  EXPECT_TRUE(eventually([&] { return second()["State"] == "running"; }, 30s)) << second();
  EXPECT_EQ(stream()["Restarts"], 0);
}

TEST_F(SmallDisk, SilenceOnAFullDiskIsNotBlamedOnTheCamera) {
  create(camera("gone_after=5"));
  ASSERT_TRUE(reaches("running"));
  fill();
  ASSERT_TRUE(eventually([&] { return stream()["ReasonCode"] == "disk_full"; }, 30s)) << stream();
  EXPECT_EQ(stream()["State"], "blocked");
  free();
  EXPECT_TRUE(reaches("stalled"));
}

}  // namespace
}  // namespace stream::e2e
