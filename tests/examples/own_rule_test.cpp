// examples/own-rule: the rule by itself, and what its streamctl, and ours, say of the algorithm that uses it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loitering.hpp"
#include "stream/common/process.hpp"
#include "stream/test/contents.hpp"
#include "stream/test/temporary_folder.hpp"

namespace loitering {
namespace {

using nlohmann::json;
using stream::decision::CustomVerdict;
using ::testing::HasSubstr;

constexpr const char* kAlgorithm = STREAM_SOURCE_DIR "/examples/own-rule/algorithms/loitering";

const json& parameters() {
  static const json parameters = {{"x", 100}, {"y", 200}, {"radius_px", 50}, {"at_least_s", 2}};
  return parameters;
}

class LoiteringRule : public ::testing::Test {
 protected:
  static Loitering make() {
    std::optional<stream::Error> error;
    Loitering rule{stream::JsonReader(parameters(), error)};
    EXPECT_FALSE(error);
    return rule;
  }
  // An object whose feet are at (x, 200), after so many seconds.
  CustomVerdict at(int x, double time_s, const std::string& key = "7") {
    return rule_.judge({0, key, stream::Box{x - 10, 150, 20, 50}},
                       {message_, static_cast<std::int64_t>(time_s * 1e6), true});
  }

  const stream::FrameMeta message_;
  Loitering rule_ = make();
};

TEST_F(LoiteringRule, PassesWhoHasStayedNear) {
  EXPECT_FALSE(at(100, 0).passes);
  EXPECT_EQ(at(150, 1.9).text, "near for 1.9 of 2.0 s") << "the border is near";
  const auto verdict = at(100, 2);
  EXPECT_TRUE(verdict.passes);
  EXPECT_EQ(verdict.found, (json{{"near_s", 2.0}}));
}

TEST_F(LoiteringRule, WhoGoesAwayBeginsAnew) {
  at(100, 0);
  EXPECT_EQ(at(151, 1).text, "51 px off, near is 50");
  EXPECT_FALSE(at(100, 3).passes);
  EXPECT_TRUE(at(100, 5).passes);
  rule_.forget("7");
  EXPECT_FALSE(at(100, 9).passes);
}

TEST_F(LoiteringRule, ObjectWithoutAPlaceIsNotNear) {
  const auto verdict = rule_.judge({0, "7", std::nullopt}, {message_, 0, true});
  EXPECT_FALSE(verdict.passes);
  EXPECT_EQ(verdict.text, "nobody knows where it is");
}

TEST_F(LoiteringRule, MemoryGoesOnElsewhere) {
  at(100, 1);
  at(100, 2, "名");
  Loitering other = make();
  other.restore(rule_.save());
  std::swap(rule_, other);
  EXPECT_TRUE(at(100, 3).passes);
  EXPECT_FALSE(at(100, 3, "名").passes);
  EXPECT_EQ(rule_.save(), other.save());
}

TEST_F(LoiteringRule, MemoryWithoutSenseIsNone) {
  for (const char* memory : {"", "rubbish", "[]", R"({"7": "x"})", "{\"7\": 1"}) {
    Loitering rule = make();
    rule.restore(memory);
    EXPECT_EQ(rule.save(), make().save()) << memory;
  }
}

TEST(LoiteringRules, ParametersAreReadStrictly) {
  auto wrong = parameters();
  wrong["radius_px"] = 0;
  const auto made = own_rules().make("loitering", wrong);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message,
            "/rules/custom/loitering/radius_px: found 0, expected a number from 1 to 1000000");
}

struct Outcome {
  int exit_code = -1;
  std::string said;
};

Outcome run(const std::string& program, std::vector<std::string> arguments) {
  const stream::test::TemporaryFolder folder;
  arguments.insert(arguments.begin(), std::string(STREAM_BIN_DIR) + "/" + program);
  stream::ProcessOptions options;
  options.arguments = std::move(arguments);
  options.output_file = folder.path() / "output";
  auto process = stream::Process::start(options);
  if (!process) return {-1, process.error().message};
  const auto ended = process->wait(std::chrono::seconds(30));
  return {ended && !ended->signalled ? ended->value : -1, stream::test::contents(options.output_file)};
}

TEST(LoiteringAlgorithm, ItsCasesComeOutWithTheProgramThatHasTheRule) {
  const auto tested = run("loitering-streamctl", {"algorithm", "test", kAlgorithm});
  EXPECT_EQ(tested.exit_code, 0) << tested.said;
  EXPECT_THAT(tested.said, HasSubstr("1 of 1 case as expected"));
  const auto validated = run("loitering-streamctl", {"algorithm", "validate", kAlgorithm});
  EXPECT_EQ(validated.exit_code, 0) << validated.said;
  EXPECT_EQ(validated.said, "loitering: ok, 5 lines of mapping, 1 case\n");
}

TEST(LoiteringAlgorithm, AProgramWithoutTheRuleSaysSo) {
  const auto tested = run("streamctl", {"algorithm", "test", kAlgorithm});
  EXPECT_EQ(tested.exit_code, 1);
  EXPECT_THAT(tested.said,
              HasSubstr("/rules/custom/loitering: found a rule that this program does not have"));
  const auto validated = run("streamctl", {"algorithm", "validate", kAlgorithm});
  EXPECT_EQ(validated.exit_code, 0) << validated.said;
  EXPECT_THAT(validated.said, HasSubstr("/rules/custom/loitering: not checked"));
}

}  // namespace
}  // namespace loitering
