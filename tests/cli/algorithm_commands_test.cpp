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
  EXPECT_EQ(validated.out, "helmet: ok, 20 lines of mapping, 1 case\n");
  const auto shown = CommandLine().run({"algorithm", "show", "helmet", "--dir", dir().string()});
  EXPECT_NE(shown.out.find("types 21, sample helmet, helmet_demo.json"), std::string::npos) << shown.out;

  tree_.add_grouped("helmet");
  const auto converted = CommandLine().run(
      {"algorithm", "validate", (dir() / "helmet").string(), "--stream-path", tree_.root().string()});
  EXPECT_EQ(converted.exit_code, kExitOk) << converted.err;
}

TEST_F(AlgorithmCommands, ValidateWarnsWhereThereAreNoCases) {
  ASSERT_EQ(add("helmet", "21").exit_code, kExitOk);
  std::filesystem::remove_all(dir() / "helmet/cases");
  const auto validated = CommandLine().run({"algorithm", "validate", (dir() / "helmet").string()});
  EXPECT_EQ(validated.exit_code, kExitOk);
  EXPECT_EQ(validated.out, "helmet: ok, 20 lines of mapping, 0 cases\n");
  EXPECT_NE(validated.err.find("helmet/cases: found no case, expected at least one"), std::string::npos)
      << validated.err;
}

TEST_F(AlgorithmCommands, ValidateSaysThatThereIsNoSuchFolder) {
  const std::string folder = (dir() / "nowhere").string();
  const auto validated = CommandLine().run({"algorithm", "validate", folder});
  EXPECT_EQ(validated.exit_code, kExitFailed);
  EXPECT_EQ(validated.err,
            "streamctl: " + folder + ": found no such folder, expected one with an algorithm.json\n");
}

TEST_F(AlgorithmCommands, TestRunsTheCasesOfAnAddedAlgorithm) {
  ASSERT_EQ(add("helmet", "21").exit_code, kExitOk);
  const auto tested = CommandLine().run({"algorithm", "test", (dir() / "helmet").string()});
  EXPECT_EQ(tested.exit_code, kExitOk) << tested.out << tested.err;
  EXPECT_EQ(tested.out, "helmet/example: ok\n1 of 1 case as expected\n");
}

TEST_F(AlgorithmCommands, TestSaysWhichAlarmOfWhichCaseIsDifferent) {
  ASSERT_EQ(add("helmet", "21").exit_code, kExitOk);
  ASSERT_EQ(add("vest", "22").exit_code, kExitOk);
  tree_.write(dir() / "vest/cases/example/expected.json", R"([{"frame": 77, "events": []}])");
  const std::vector<std::string> both = {"algorithm", "test", (dir() / "helmet").string(),
                                         (dir() / "vest").string()};
  const auto tested = CommandLine().run(both);
  EXPECT_EQ(tested.exit_code, kExitFailed);
  EXPECT_TRUE(tested.out.starts_with("helmet/example: ok\nvest/example: different\n  alarm 1: found {"))
      << tested.out;
  EXPECT_NE(tested.out.find("expected {\"events\":[],\"frame\":77}\n"), std::string::npos) << tested.out;
  EXPECT_TRUE(tested.out.ends_with("1 of 2 cases as expected\n")) << tested.out;
  EXPECT_EQ(tested.err, "");
}

TEST_F(AlgorithmCommands, TestFailsForWhatIsBrokenAndForNothingToRun) {
  ASSERT_EQ(add("helmet", "21").exit_code, kExitOk);
  const std::string folder = dir() / "helmet";
  const auto test = [&] { return CommandLine().run({"algorithm", "test", folder}); };
  tree_.write(dir() / "helmet/cases/example/frames.json", R"([{"frame_ids": 1}])");
  EXPECT_EQ(test().exit_code, kExitFailed);
  EXPECT_NE(test().err.find("cases/example/frames.json: /0/frame_ids: found an unknown member"),
            std::string::npos)
      << test().err;
  fs::remove_all(dir() / "helmet/cases");
  EXPECT_EQ(test().exit_code, kExitFailed);
  EXPECT_NE(test().err.find(folder + "/cases: found no case, expected at least one"), std::string::npos)
      << test().err;
}

TEST_F(AlgorithmCommands, ShowNamesWhatThereIs) {
  ASSERT_EQ(add("helmet", "21").exit_code, kExitOk);
  EXPECT_NE(CommandLine()
                .run({"algorithm", "show", "helmt", "--dir", dir().string()})
                .err.find("NAME: found helmt, expected one of helmet"),
            std::string::npos);
}

TEST_F(AlgorithmCommands, AddRefusesWhatIsTakenAndLeavesNothingBehind) {
  ASSERT_EQ(add("helmet", "21").exit_code, kExitOk);
  EXPECT_NE(add("vest", "21").err.find("TYPE: found 21, which helmet has"), std::string::npos);
  EXPECT_NE(add("helmet", "22").err.find("is there already"), std::string::npos);
  EXPECT_EQ(add("bad name", "23").exit_code, kExitFailed);
  EXPECT_NE(add("../bad", "23").err.find("NAME: found ../bad, expected letters"), std::string::npos);
  EXPECT_EQ(add("vest", "-1").exit_code, 2);
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
