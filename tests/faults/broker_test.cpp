// Rows 8 and 9: a second broker, and a disk that is full or fails.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "broker_rows.hpp"
#include "stream/common/eventually.hpp"
#include "stream/common/process.hpp"

namespace stream::faults {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

class Row08 : public BrokerRows {};
class Row09 : public BrokerRows {};

TEST_F(Row08, SecondBrokerOnTheDirectoryEndsAndTheFirstIsUnharmed) {
  start();
  play(1, 6s, 20);
  std::vector<Clock::duration> ended;
  for (int i = 0; i < short_or_long(3, 50); ++i) {
    ProcessOptions second;
    second.arguments = {STREAM_BIN_DIR "/stream-broker", "--data-dir",
                        cluster_->system().data_dir().string()};
    second.output_file = cluster_->system().folder() / "second.log";
    const auto begin = Clock::now();
    auto process = Process::start(second);
    ASSERT_TRUE(process) << process.error().message;
    const auto exit = process->wait(10s);
    ASSERT_TRUE(exit) << "the second broker runs";
    ended.push_back(Clock::now() - begin);
    EXPECT_FALSE(exit->clean());
    EXPECT_FALSE(exit->signalled) << exit->text();
    EXPECT_TRUE(probe_->store());
  }
  const auto slowest = percentile(ended, 1);
  figure(8, "second broker gone, slowest", "<= 1 s", text_of(slowest));
  EXPECT_LE(slowest, short_or_long<milliseconds>(4s, 1s));
  cluster_->expect_exact(60s);
  EXPECT_EQ(cluster_->restarts(), 0);
  expect_probe_and_database();
}

// A folder on a disk of 16 MiB; unmounted at the end.
class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path path) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
    mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=16m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return path_; }

  void fill() const {
    std::ofstream out(path_ / "filler");
    const std::string block(4096, 'x');
    while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void free() const { std::filesystem::remove(path_ / "filler"); }

 private:
  const std::filesystem::path path_;
  bool mounted_ = false;
};

TEST_F(Row09, FullDiskRefusesAndComesBackByItself) {
  const test::TemporaryFolder folder;
  const SmallDisk disk(folder.path() / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "a tmpfs cannot be mounted here";
  e2e::SystemOptions options;
  options.data_dir = disk.path() / "data";
  options.settings = {"broker.ballast_mib=4", "ingest.ring_seconds=120", "ingest.replay_frames=5000",
                      "ingest.replay_kib=8192"};
  start(options);
  const auto full = short_or_long<milliseconds>(4s, 60s);
  play(2, std::chrono::duration_cast<std::chrono::seconds>(full) + 8s, 10);
  ASSERT_TRUE(probe_->store());
  disk.fill();
  const auto end = Clock::now() + full;
  std::size_t refused = 0;
  while (Clock::now() < end) refused += probe_->store() ? 0 : 1;
  EXPECT_GT(refused, 0U) << "the disk was not full";
  disk.free();
  const auto back = probe_->time_to_store(60s);
  figure(9, fmt::format("service back after a disk full for {} s", full.count() / 1000), "<= 5 s",
         text_of(back));
  EXPECT_LE(back, short_or_long<milliseconds>(10s, 5s));
  EXPECT_EQ(cluster_->restarts(), 0) << "a node crashed";
  cluster_->expect_exact(90s);
  expect_probe_and_database();
  cluster_.reset();  // before the disk
}

class Row09Errors : public BrokerRows, public ::testing::WithParamInterface<int> {};

TEST_P(Row09Errors, DiskThatCannotBeWrittenComesBackByItself) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "nothing can be preloaded before AddressSanitizer";
#endif
  const test::TemporaryFolder folder;
  const auto data_dir = folder.path() / "data";
  const auto control = data_dir / "broker.errno";
  e2e::SystemOptions options;
  options.data_dir = data_dir;
  options.environment = {{"LD_PRELOAD", STREAM_FAULT_SHIM},
                         {"STREAM_SHIM_DISK", (data_dir / "broker").string()}};
  options.settings = {"ingest.ring_seconds=120", "ingest.replay_frames=5000", "ingest.replay_kib=8192"};
  start(options);
  const auto broken = short_or_long<milliseconds>(3s, 60s);
  play(2, std::chrono::duration_cast<std::chrono::seconds>(broken) + 8s, 10);
  ASSERT_TRUE(probe_->store());
  std::ofstream(control) << GetParam();
  ASSERT_TRUE(eventually([this] { return !probe_->store(); })) << "the disk still works";
  const auto end = Clock::now() + broken;
  while (Clock::now() < end) EXPECT_FALSE(probe_->store());
  std::filesystem::remove(control);
  const auto back = probe_->time_to_store(60s);
  figure(9, fmt::format("service back after {} for {} s", std::strerror(GetParam()), broken.count() / 1000),
         "<= 5 s", text_of(back));
  EXPECT_LE(back, short_or_long<milliseconds>(10s, 5s));
  EXPECT_EQ(cluster_->restarts(), 0) << "a node crashed";
  cluster_->expect_exact(90s);
  expect_probe_and_database();
  cluster_.reset();  // before its folder
}

std::string name_of(const ::testing::TestParamInfo<int>& info) {
  return info.param == EIO ? "InputOutputError" : "ReadOnly";
}
INSTANTIATE_TEST_SUITE_P(Each, Row09Errors, ::testing::Values(EIO, EROFS), name_of);

}  // namespace
}  // namespace stream::faults
