#include "node_fixture.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "config_files.hpp"
#include "stream/common/eventually.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::api::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

NodeRecord ingest_record(const std::string& name, const std::string& address) {
  NodeRecord record;
  record.node = name;
  record.role = "ingest";
  record.address = address;
  return record;
}

}  // namespace

FakeIngest::FakeIngest(bus::Bus& bus, const std::string& name, bool keeping_up, const std::string& address)
    : membership_(bus, ingest_record(name, address), {}),
      publisher_(bus.make_publisher()),
      tells_(std::chrono::milliseconds(200), [this, name](auto) {
        (void)publisher_->publish(topics::flow(name), encode(FlowReport{name, 1, {}}));
      }) {
  if (!keeping_up) return;
  follower_ = std::make_unique<bus::Follower>(bus, "task/", [this](const bus::Watch::Changes& changes) {
    bus::Revision newest = 0;
    for (const bus::Entry& entry : changes.entries) newest = std::max(newest, entry.revision);
    membership_.update(
        [&](NodeRecord& record) { record.tasks_revision = std::max(record.tasks_revision, newest); });
  });
}

void FakeIngest::catch_up() {
  membership_.update([](NodeRecord& record) { record.tasks_revision = 1'000'000; });
}

void FakeIngest::set_load(double frames_per_second) {
  membership_.update([=](NodeRecord& record) { record.load = frames_per_second; });
}

NodeFixture::NodeFixture() : bus_(bus::make_memory_bus()) {
  fs::copy_file(FAKE_STREAM_PROCESS, tree_.root() / "samples/build/main",
                fs::copy_options::overwrite_existing);
  tree_.add_grouped("yolov5");
  tree_.add_grouped("yolov8", "yolov8");
  tree_.add_grouped("tripwire");
  config_.kill_after = std::chrono::milliseconds(200);
  config_.listen = "127.0.0.1:0";
  config_.data_dir = data_.path();
  config_.stop_grace = std::chrono::milliseconds(0);  // a delete ends processes at once
  config_.stream_path = tree_.root();
  config_.algorithms_dir = STREAM_SOURCE_DIR "/algorithms";
}

SupervisorOptions NodeFixture::quick() {
  SupervisorOptions options;
  options.machine.first_delay = std::chrono::milliseconds(20);
  options.machine.jitter = 0;
  options.machine.crash_count = 1'000'000;  // no crash loop
  options.tick = std::chrono::milliseconds(5);
  options.start.gap = std::chrono::milliseconds(0);
  return options;
}

void NodeFixture::start_node(const SupervisorOptions& options) {
  auto node = ApiNode::start(config_, "api-1", *bus_, options);
  ASSERT_TRUE(node) << node.error().message;
  node_ = std::move(*node);
  ASSERT_TRUE(eventually([&] { return node_->not_ready().empty(); })) << node_->not_ready();
}

std::uint16_t NodeFixture::port() const {
  const std::string address = node_->address();
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

json NodeFixture::post_text(const std::string& verb, const std::string& body) {
  const auto answer = stream::test::http_request(port(), "POST", "/task/" + verb, body);
  EXPECT_EQ(answer.status, 200) << answer.body;
  json result = json::parse(answer.body, nullptr, false);
  EXPECT_TRUE(result.is_object()) << answer.body;
  EXPECT_TRUE(result["Code"].is_number_integer()) << answer.body;
  EXPECT_TRUE(result["Msg"].is_string()) << answer.body;
  return result;
}

json NodeFixture::definition(const std::string& id, const std::string& address,
                             const std::vector<int>& types) {
  json algorithms = json::array();
  for (const int type : types) {
    algorithms.push_back(
        {{"Type", type}, {"TrackInterval", 20}, {"DetectInterval", 3}, {"AlarmInterval", 300}});
  }
  return {{"TaskID", id},
          {"InputSrc", {{"SrcID", "camera of " + id}, {"StreamSrc", {{"Address", address}}}}},
          {"Algorithm", algorithms},
          {"Reporting", {{"ReportUrlList", {"http://127.0.0.1:9/upload"}}}}};
}

std::string NodeFixture::state(const std::string& id) {
  const json answer = query(id);
  return answer.contains("Result") ? answer["Result"]["Algorithms"][0].value("State", "") : "";
}

json NodeFixture::listed(const std::string& id) {
  const json list = post("list", json::object());
  for (const json& task : list["Result"]) {
    if (task["TaskID"] == id) return task;
  }
  return nullptr;
}

pid_t NodeFixture::pid(const std::string& id) {
  const json answer = query(id);
  return answer.contains("Result") ? answer["Result"]["Algorithms"][0].value("Pid", 0) : 0;
}

double NodeFixture::counter(const std::string& line_start) {
  std::istringstream lines(stream::test::http_request(port(), "GET", "/metrics").body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(line_start + " ")) return std::stod(line.substr(line_start.size() + 1));
  }
  return 0;
}

fs::path NodeFixture::task_dir(const std::string& id) const {
  return task_folder(data_.path(), id);
}

std::string NodeFixture::log_of(const std::string& id) const {
  std::ifstream file(task_dir(id) / "0/stream.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);  // of one that ends just now an iterator over the buffer would throw
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text.size() > name_end + 2 && text[name_end + 2] != 'Z';
}

}  // namespace stream::api::test
