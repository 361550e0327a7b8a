#include "algorithm_commands.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "../manifest/sample_tree.hpp"
#include "command_line.hpp"
#include "stream/common/node.hpp"

namespace stream::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class AlgorithmCommands : public ::testing::Test {
 protected:
  AlgorithmCommands() { fs::create_directory(dir()); }

  fs::path dir() const { return tree_.root() / "algorithms"; }
  CommandLine::Outcome add(const std::string& name, const std::string& type) {
    return CommandLine().run({"algorithm", "add", name, type, "--dir", dir().string(), "--template",
                              STREAM_SOURCE_DIR "/manifest/template"});
  }

  manifest::test::SampleTree tree_;
};

TEST_F(AlgorithmCommands, AddedAlgorithmWorks) {
  const auto added = add("helmet", "21");
  EXPECT_EQ(added.exit_code, kExitOk) << added.err;
  const auto validated = CommandLine().run({"algorithm", "validate", (dir() / "helmet").string() + "/"});
  EXPECT_EQ(validated.exit_code, kExitOk) << validated.err;
  EXPECT_EQ(validated.out, "helmet: ok, 19 lines of mapping, 1 cases\n");
  const auto shown = CommandLine().run({"algorithm", "show", "helmet", "--dir", dir().string()});
  EXPECT_NE(shown.out.find("types 21, sample helmet, helmet_demo.json"), std::string::npos) << shown.out;

  tree_.add_grouped("helmet");
  const auto converted = CommandLine().run(
      {"algorithm", "validate", (dir() / "helmet").string(), "--stream-path", tree_.root().string()});
  EXPECT_EQ(converted.exit_code, kExitOk) << converted.err;
}

TEST_F(AlgorithmCommands, AddRefusesWhatIsTakenAndLeavesNothingBehind) {
  ASSERT_EQ(add("helmet", "21").exit_code, kExitOk);
  EXPECT_NE(add("vest", "21").err.find("TYPE: found 21, which helmet has"), std::string::npos);
  EXPECT_NE(add("helmet", "22").err.find("is there already"), std::string::npos);
  EXPECT_EQ(add("bad name", "23").exit_code, kExitFailed);
  const auto count = std::distance(fs::directory_iterator(dir()), fs::directory_iterator());
  EXPECT_EQ(count, 1);
}

TEST_F(AlgorithmCommands, ListNamesWhatIsBroken) {
  ASSERT_EQ(add("helmet", "21").exit_code, kExitOk);
  tree_.write(dir() / "torn/algorithm.json", "{");
  const auto listed = CommandLine().run({"algorithm", "list", "--dir", dir().string()});
  EXPECT_EQ(listed.exit_code, kExitFailed);
  EXPECT_NE(listed.out.find("helmet"), std::string::npos);
  EXPECT_NE(listed.err.find((dir() / "torn/algorithm.json").string()), std::string::npos);
}

TEST_F(AlgorithmCommands, ValidateNamesTheMistake) {
  tree_.write(dir() / "a/algorithm.json", R"({"nmae": "a"})");
  const auto validated = CommandLine().run({"algorithm", "validate", (dir() / "a").string()});
  EXPECT_EQ(validated.exit_code, kExitFailed);
  EXPECT_NE(validated.err.find("did you mean \"name\"?"), std::string::npos) << validated.err;
}

TEST_F(AlgorithmCommands, DryRunShowsDifferencesAndNoPassword) {
  ASSERT_EQ(add("helmet", "21").exit_code, kExitOk);
  tree_.add_grouped("helmet");
  const json task = {
      {"TaskID", "one"},
      {"InputSrc", {{"SrcID", "c"}, {"StreamSrc", {{"Address", "rtsp://u:secret@camera/1"}}}}},
      {"Algorithm", json::array({{{"Type", 21}, {"threshold", 25}, {"Extend", {{"InFrames", 9}}}}})},
      {"Reporting", {{"ReportUrlList", {"http://127.0.0.1:9/upload"}}}}};
  tree_.write_json(tree_.root() / "task.json", task);
  const auto before = tree_.snapshot();
  const auto ran = CommandLine().run({"algorithm", "dry-run", "-t", (tree_.root() / "task.json").string(),
                                      "--dir", dir().string(), "--stream-path", tree_.root().string()});
  EXPECT_EQ(ran.exit_code, kExitOk) << ran.err;
  for (const char* line : {"-    \"threshold_conf\": 0.5\n", "+    \"threshold_conf\": 0.25\n",
                           "+++ tasks/0/yolov5_group.json\n", "--- /dev/null\n+++ tasks/0/http_push.json\n",
                           "+      \"in_frames\": 9,\n"}) {
    EXPECT_NE(ran.out.find(line), std::string::npos) << line << "is not in\n" << ran.out;
  }
  EXPECT_EQ(ran.out.find("secret"), std::string::npos);
  EXPECT_EQ(tree_.snapshot(), before);
}

}  // namespace
}  // namespace stream::cli
