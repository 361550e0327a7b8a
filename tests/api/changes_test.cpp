#include "changes.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace stream::api {
namespace {

constexpr const char* kOtherRules = R"({"rules":{"area":{}}})";

AlgorithmSpec spec(std::int32_t type, const std::string& name) {
  AlgorithmSpec made;
  made.type = type;
  made.name = name;
  made.logic_json = R"({"rules":{}})";
  return made;
}

// Two algorithms.
TaskRecord record() {
  TaskRecord made;
  made.task_id = "one";
  made.algorithms = {spec(3, "yolov5"), spec(16, "plates")};
  return made;
}

std::vector<Change> words(const Changes& changes) {
  std::vector<Change> all;
  for (const AlgorithmChange& change : changes) all.push_back(change.change);
  return all;
}

TEST(PlanChanges, WhoIsToldChangesNoAlgorithm) {
  TaskRecord now = record();
  now.report_urls = {"http://elsewhere"};
  now.report_policy = "all";
  now.src_id = "another name";
  EXPECT_EQ(words(plan_changes(record(), now, {true, true})),
            (std::vector{Change::kUnchanged, Change::kUnchanged}));
}

TEST(PlanChanges, RulesChangeWhereTheLogicNodeGetsOthers) {
  TaskRecord now = record();
  now.algorithms[1].logic_json = kOtherRules;
  EXPECT_EQ(words(plan_changes(record(), now, {true, true})),
            (std::vector{Change::kUnchanged, Change::kRulesChanged}));
}

TEST(PlanChanges, AnotherLifeOfTheTaskIsNoChangeOfItsAlgorithms) {
  TaskRecord now = record();
  now.algorithms[0].life = 7;
  EXPECT_EQ(words(plan_changes(record(), now, {true, true})),
            (std::vector{Change::kUnchanged, Change::kUnchanged}));
}

TEST(PlanChanges, ProcessThatDoesNotGoOnIsRestartedWhateverTheRecordSays) {
  TaskRecord now = record();
  now.algorithms[0].logic_json = kOtherRules;
  EXPECT_EQ(words(plan_changes(record(), now, {false, false})),
            (std::vector{Change::kRestarted, Change::kRestarted}));
  EXPECT_EQ(words(plan_changes(record(), now, {true})),
            (std::vector{Change::kRulesChanged, Change::kRestarted}));
}

TEST(PlanChanges, PlacesThatComeAndGo) {
  TaskRecord longer = record();
  longer.algorithms.push_back(spec(4, "yolov8"));
  EXPECT_EQ(plan_changes(record(), longer, {true, true}), (Changes{{3, "yolov5", Change::kUnchanged},
                                                                   {16, "plates", Change::kUnchanged},
                                                                   {4, "yolov8", Change::kAdded}}));
  EXPECT_EQ(plan_changes(longer, record(), {true, true, true}), (Changes{{3, "yolov5", Change::kUnchanged},
                                                                         {16, "plates", Change::kUnchanged},
                                                                         {4, "yolov8", Change::kRemoved}}));
  EXPECT_EQ(words(all_added(longer)), (std::vector{Change::kAdded, Change::kAdded, Change::kAdded}));
}

TEST(PlanChanges, WhatEndsAndWhatBeginsAreNamedWhereAnotherAlgorithmTakesAPlace) {
  TaskRecord shorter = record();
  shorter.algorithms.erase(shorter.algorithms.begin());
  EXPECT_EQ(plan_changes(record(), shorter, {false}), (Changes{{3, "yolov5", Change::kRemoved},
                                                               {16, "plates", Change::kAdded},
                                                               {16, "plates", Change::kRemoved}}));
  EXPECT_EQ(plan_places(record(), shorter, {false}), (std::vector{Change::kRestarted, Change::kRemoved}));

  TaskRecord swapped = record();
  std::swap(swapped.algorithms[0], swapped.algorithms[1]);
  EXPECT_EQ(text_of(plan_changes(record(), swapped, {false, false})),
            "yolov5 removed, plates added, plates removed, yolov5 added");
  EXPECT_EQ(plan_places(record(), swapped, {false, false}),
            (std::vector{Change::kRestarted, Change::kRestarted}));
}

TEST(PlanChanges, IsToldInWords) {
  TaskRecord now = record();
  now.algorithms[0].logic_json = kOtherRules;
  now.algorithms.resize(3);
  now.algorithms[2].name = "new";
  EXPECT_EQ(text_of(plan_changes(record(), now, {true, false})),
            "yolov5 rules changed, plates restarted, new added");
  now.algorithms.resize(1);
  EXPECT_EQ(text_of(plan_changes(record(), now, {true})), "yolov5 rules changed, plates removed");
}

}  // namespace
}  // namespace stream::api
