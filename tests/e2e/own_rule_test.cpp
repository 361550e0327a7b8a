// examples/own-rule in the whole system: its logic-node in the place of ours.
#include <gtest/gtest.h>

#include "stream/common/eventually.hpp"
#include "system.hpp"

namespace stream::e2e {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr const char* kStreet = "/no/such/folder/street.avi";  // people and cars pass all the time
constexpr int kLoitering = 41;

const std::string kExample = STREAM_SOURCE_DIR "/examples/own-rule";

// Whoever is anywhere in the picture is near; the rule asks for time only.
json task(const System& system, const std::string& id, double near_s) {
  auto task = system.task(id, kLoitering, kStreet, 1);
  task["Algorithm"][0]["Extend"] = {{"NearX", 640},
                                    {"NearY", 360},
                                    {"NearTime", near_s},
                                    {"Rules", {{"custom", {{"loitering", {{"radius_px", 2000}}}}}}}};
  return task;
}

TEST(OwnRule, DecidesInALogicNodeOfOnesOwn) {
  SystemOptions options;
  options.logic_program = std::string(STREAM_BIN_DIR) + "/loitering-logic";
  options.settings = {"api.algorithms_dir=" + kExample + "/algorithms"};
  System system(options);
  ASSERT_EQ(system.api("/task/create", task(system, "soon", 0.5))["Code"], 0);
  ASSERT_EQ(system.api("/task/create", task(system, "never", 3600))["Code"], 0);
  ASSERT_TRUE(eventually([&] { return !system.alarms().empty(); }, seconds(60)));
  const auto stopped = [&](const std::string& id) {
    return system.metric("logic", "stream_logic_rule_objects_total",
                         R"(outcome="stopped",rule="custom/loitering",task=")" + id + '"');
  };
  EXPECT_TRUE(eventually([&] { return stopped("soon") > 0 && stopped("never") > 10; }, seconds(30)));
  for (const auto& alarm : system.alarms()) {
    EXPECT_EQ(alarm.task_id, "soon");
    for (const auto& event : alarm.events) {
      EXPECT_EQ(event.type, kLoitering);
      EXPECT_GE(json::parse(event.extend_json).value("NearTime", 0.0), 0.5) << event.extend_json;
    }
  }
}

TEST(OwnRule, LogicNodeWithoutItRefusesTheTaskAndSaysWhy) {
  SystemOptions options;
  options.settings = {"api.algorithms_dir=" + kExample + "/algorithms"};
  System system(options);
  ASSERT_EQ(system.api("/task/create", task(system, "cam1", 0.5))["Code"], 0);
  EXPECT_TRUE(
      eventually([&] { return system.metric("logic", "stream_logic_task_records_refused_total") > 0; }));
  EXPECT_NE(system.log().find("/rules/custom/loitering: found a rule that this program does not have"),
            std::string::npos);
}

}  // namespace
}  // namespace stream::e2e
