#include "node_fixture.hpp"

#include <algorithm>

#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::logic {
namespace {

constexpr std::uint64_t kFramesWithPictures = 2000;

}  // namespace

NodeTest::NodeTest() {
  config_.stop_grace = std::chrono::milliseconds(0);
  config_.save = std::chrono::milliseconds(50);
  times_.membership = {std::chrono::milliseconds(30), std::chrono::milliseconds(600)};
  times_.placement.stable_for = std::chrono::milliseconds(100);
  for (std::uint64_t i = 0; i < kFramesWithPictures; ++i) pictures_.put_scene(i, scene_);
}

std::unique_ptr<NodeTest::Running> NodeTest::start(const std::string& name) {
  auto running = std::make_unique<Running>(memory_);
  running->node = std::make_unique<LogicNode>(running->bus, pictures_, replay_, running->metrics, config_,
                                              name, times_, rules_);
  EXPECT_TRUE(eventually([&] { return running->node->not_ready().empty(); })) << running->node->not_ready();
  return running;
}

void NodeTest::kill(Running& running) {
  running.bus.cut_off();
  running.node.reset();
}

void NodeTest::put(const TaskRecord& record) {
  const auto key = topics::task_key(record.task_id);
  const auto before = memory_->get(key).value();
  EXPECT_TRUE(memory_->cas(key, before ? before->revision : 0, encode(record)).done());
}

void NodeTest::remove(const std::string& task) {
  const auto key = topics::task_key(task);
  EXPECT_TRUE(memory_->cas(key, memory_->get(key).value()->revision, std::nullopt).done());
}

bool NodeTest::wait_for_consumer(const std::string& task) {
  return eventually([&] { return has_consumer(task); });
}

FrameMeta NodeTest::next_frame(const std::string& task, const std::string& plate) {
  const auto number = ++numbers_[task];
  auto frame = plate_frame(task, static_cast<std::int64_t>(number), plate);
  frame.number = number;
  replay_.keep(frame);
  return frame;
}

void NodeTest::play(const std::string& task, const std::string& plate) {
  std::ignore = publisher_->publish(topics::frame(task, 0), encode(next_frame(task, plate)));
}

void NodeTest::play_plates(const std::string& task, int first, int last) {
  for (int i = first; i <= last; ++i) {
    for (int times = 0; times < 3; ++times) play(task, std::to_string(i));
  }
}

std::vector<bus::QueueItem> NodeTest::queue() {
  return memory_->list_queue(topics::kAlarmQueue, std::nullopt, 10000).value();
}

NodeTest::Names NodeTest::alarms() {
  Names names;
  for (const auto& item : queue()) {
    const auto life = item.id.rfind(':') + 1;
    names.push_back(item.id.substr(0, life) + item.id.substr(item.id.rfind('-') + 1));
  }
  return names;
}

bool NodeTest::wait_for_alarms(const Names& names) {
  return eventually([&] { return alarms() == names; });
}

NodeTest::Names NodeTest::alarmed_plates() {
  Names plates;
  const auto count = queue().size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto made = alarm(i);
    for (const auto& event : made.events) plates.push_back(event.key);
  }
  std::sort(plates.begin(), plates.end());
  return plates;
}

Alarm NodeTest::alarm(std::size_t index) {
  const auto payload = memory_->read_message(topics::kAlarmQueue, queue().at(index).id).value();
  return decode<Alarm>(payload).value();
}

}  // namespace stream::logic
