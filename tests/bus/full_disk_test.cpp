// A disk that is really full: a tmpfs of 16 MiB, which takes root to mount.

#include <gmock/gmock.h>
#include <sys/mount.h>

#include <fstream>
#include <set>

#include "broker_fixture.hpp"

namespace stream::broker {
namespace {

using bus::EnqueueResult;
using std::chrono::seconds;

class FullDiskTest : public BrokerFixture {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(disk_);
    mounted_ = ::mount("tmpfs", disk_.c_str(), "tmpfs", 0, "size=16m") == 0;
    if (!mounted_) GTEST_SKIP() << "a tmpfs cannot be mounted here";
  }
  void TearDown() override {
    broker_.reset();
    if (mounted_) ::umount2(disk_.c_str(), MNT_DETACH);
  }

  const std::filesystem::path disk_ = folder_.path() / "disk";
  bool mounted_ = false;
};

TEST_F(FullDiskTest, NothingStoredIsLostAndServiceComesBackByItself) {
  auto small = config();
  small.data_dir = (disk_ / "data").string();
  small.ballast_mib = 4;
  start(small);
  const auto bus = connect(options());

  // Until it says Full, or somebody else fills the rest.
  std::set<std::string> stored;
  const std::string payload(200'000, 'x');
  EnqueueResult result = EnqueueResult::kStored;
  for (int i = 0; i < 200 && result == EnqueueResult::kStored; ++i) {
    result = bus->enqueue("alarms", std::to_string(i), payload);
    if (result == EnqueueResult::kStored) stored.insert(std::to_string(i));
  }
  ASSERT_EQ(result, EnqueueResult::kFull);
  ASSERT_GT(stored.size(), 5U);
  EXPECT_EQ(bus->cas("task/a", 0, "x").outcome, bus::CasResult::Outcome::kFull);
  EXPECT_TRUE(bus->cas("nd/logic/a", 0, "x").done()) << "a full disk kills no node";

  // What makes room goes through while the disk is full.
  std::set<std::string> pulled;
  ASSERT_TRUE(eventually([&] {
    const auto deliveries = bus->pull("alarms", 5, seconds(60), std::chrono::milliseconds(0));
    EXPECT_TRUE(deliveries) << deliveries.error().message;
    if (!deliveries) return true;
    for (const auto& delivery : *deliveries) {
      EXPECT_EQ(delivery.payload, payload);
      EXPECT_TRUE(bus->settle("alarms", delivery, bus::Ack{}));
      pulled.insert(delivery.id);
    }
    return deliveries->empty();
  }));
  EXPECT_EQ(pulled, stored);
}

TEST_F(FullDiskTest, RoomMadeByOthersIsNoticed) {
  auto small = config();
  small.data_dir = (disk_ / "data").string();
  small.ballast_mib = 4;
  start(small);
  const auto bus = connect(options());
  const auto filler = disk_ / "filler";
  {
    std::ofstream out(filler);
    const std::string block(64 * 1024, 'x');
    while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  int id = 0;
  const std::string payload(200'000, 'x');
  EXPECT_TRUE(eventually(
      [&] { return bus->enqueue("alarms", std::to_string(id++), payload) == EnqueueResult::kFull; }));
  std::filesystem::remove(filler);
  EXPECT_TRUE(eventually(
      [&] { return bus->enqueue("alarms", std::to_string(id++), payload) == EnqueueResult::kStored; },
      seconds(5)));
}

}  // namespace
}  // namespace stream::broker
