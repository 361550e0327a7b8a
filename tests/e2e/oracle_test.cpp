// The recorded corpora, played through the real binaries, give exactly the alarms of the oracles.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>
#include <tuple>

#include "oracle.hpp"
#include "stream/common/eventually.hpp"
#include "stream/test/shared_data.hpp"
#include "system.hpp"

namespace stream::e2e {
namespace {

using nlohmann::json;

struct Case {
  std::string size;
  int detect_interval;
  int in_frames, out_frames;
  int logic_nodes, reporter_nodes, ingest_nodes;
};

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  const Case& c = info.param;
  return "S" + c.size + "N" + std::to_string(c.in_frames) + "M" + std::to_string(c.out_frames) + "Logic" +
         std::to_string(c.logic_nodes) + "Reporter" + std::to_string(c.reporter_nodes) + "Ingest" +
         std::to_string(c.ingest_nodes);
}

double lines_in(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return static_cast<double>(
      std::count(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>(), '\n'));
}

// The four corpora as tasks of one system.
class Replay {
 public:
  Replay(System& system, const std::filesystem::path& shared, const std::filesystem::path& frames,
         const Case& c)
      : system_(system), oracles_(shared / "frames" / "oracle"), frames_(frames), case_(c) {}

  // `options`: how the stream process plays its file.
  void create_tasks(const std::string& options) {
    for (const Corpus& corpus : kCorpora) {
      const std::filesystem::path file = frames_ / (corpus.name + "_" + case_.size + ".ndjson");
      json task = system_.task("任务 " + corpus.name, corpus.type, file.string() + "?" + options,
                               case_.detect_interval);
      task["Algorithm"][0]["Extend"] = {{"InFrames", case_.in_frames}, {"OutFrames", case_.out_frames}};
      const json answer = system_.api("/task/create", task);
      ASSERT_EQ(answer["Code"], 0) << answer;
      ids_.push_back(task["TaskID"]);
      total_ += lines_in(file);
    }
  }

  const std::vector<std::string>& ids() const { return ids_; }
  double total() const { return total_; }

  // What the oracle says, and what the receiver got, of one corpus.
  std::vector<Expected> expected(std::size_t corpus) const {
    const std::string oracle = kCorpora[corpus].name + "_" + case_.size + ".n" +
                               std::to_string(case_.in_frames) + "_m" + std::to_string(case_.out_frames) +
                               kCorpora[corpus].oracle_suffix + ".json";
    return read_oracle(oracles_ / oracle, kCorpora[corpus].has_key);
  }
  std::vector<Expected> received(std::size_t corpus) const {
    return e2e::received(system_.alarms(), ids_[corpus], kCorpora[corpus].has_key);
  }

  void expect_exactly_the_oracles() const {
    for (std::size_t i = 0; i < kCorpora.size(); ++i) {
      const auto oracle = expected(i);
      EXPECT_FALSE(oracle.empty());
      EXPECT_EQ(received(i), oracle) << kCorpora[i].name;
    }
  }
  bool has_as_many_as_the_oracles() const {
    for (std::size_t i = 0; i < kCorpora.size(); ++i) {
      if (received(i).size() < expected(i).size()) return false;
    }
    return true;
  }

 private:
  System& system_;
  const std::filesystem::path oracles_, frames_;
  const Case case_;
  std::vector<std::string> ids_;
  double total_ = 0;
};

class Oracles : public ::testing::TestWithParam<Case> {};

TEST_P(Oracles, FourTasksAtOnceGiveExactlyTheExpectedAlarms) {
  const Case& c = GetParam();
  const auto shared = test::shared_dir();
  const auto frames = test::assembled_frames();
  if (!shared || !frames) GTEST_SKIP() << "the recorded frames are not here: " << frames.error().message;

  SystemOptions options;
  options.logic_nodes = c.logic_nodes;
  options.reporter_nodes = c.reporter_nodes;
  options.ingest_nodes = c.ingest_nodes;
  System system(options);
  Replay replay(system, *shared, *frames, c);
  replay.create_tasks("lossless=1");
  system.wait_until_processed(replay.ids(), replay.total());
  system.wait_until_delivered();
  replay.expect_exactly_the_oracles();
  EXPECT_EQ(system.nodes_that_count("ingest", "stream_ingest_frames_total"), c.ingest_nodes);
  EXPECT_GE(system.nodes_that_count("logic", "stream_logic_frames_processed_total"),
            std::min(2, c.logic_nodes));
}

struct Blow {
  std::string role;
  int signal;
};

std::ostream& operator<<(std::ostream& out, const Blow& blow) {
  return out << blow.role << (blow.signal == SIGKILL ? "Killed" : "Restarted");
}

// One node of a role after the other, while the recordings play.
class Failover : public ::testing::TestWithParam<Blow> {};

TEST_P(Failover, NoAlarmChanges) {
  const auto shared = test::shared_dir();
  const auto frames = test::assembled_frames();
  if (!shared || !frames) GTEST_SKIP() << "the recorded frames are not here: " << frames.error().message;

  SystemOptions options;
  options.logic_nodes = 2;
  System system(options);
  Replay replay(system, *shared, *frames, {"768x576", 1, 3, 5, 2, 1, 1});
  replay.create_tasks("fps=50");
  double next_blow = 0.2 * replay.total();
  for (const json& node : system.nodes()) {
    if (node["role"] != GetParam().role) continue;
    ASSERT_TRUE(
        eventually([&] { return system.metric("logic", "stream_logic_task_frames_processed") >= next_blow; },
                   std::chrono::seconds(60)));
    ASSERT_EQ(kill(node["pid"], GetParam().signal), 0);
    next_blow += 0.3 * replay.total();
  }
  system.wait_until_processed(replay.ids(), replay.total());
  EXPECT_EQ(system.metric("logic", "stream_logic_task_frames_lost"), 0);
  EXPECT_TRUE(eventually([&] { return replay.has_as_many_as_the_oracles(); }, std::chrono::seconds(30)));
  replay.expect_exactly_the_oracles();
}

INSTANTIATE_TEST_SUITE_P(Blows, Failover,
                         ::testing::Values(Blow{"logic", SIGKILL}, Blow{"logic", SIGTERM},
                                           Blow{"broker", SIGKILL}),
                         ::testing::PrintToStringParamName());

INSTANTIATE_TEST_SUITE_P(
    All, Oracles,
    ::testing::Values(Case{"768x576", 1, 3, 5, 1, 1, 1}, Case{"768x576", 1, 1, 1000, 1, 1, 1},
                      Case{"768x576", 1, 5, 2, 1, 1, 1}, Case{"1920x1080", 3, 3, 5, 1, 1, 1},
                      Case{"1920x1080", 3, 1, 1000, 1, 1, 1}, Case{"1920x1080", 3, 5, 2, 1, 1, 1},
                      Case{"768x576", 1, 3, 5, 2, 2, 1}, Case{"1920x1080", 3, 3, 5, 4, 3, 2}),
    name_of);

}  // namespace
}  // namespace stream::e2e
