#include "stream/common/metrics.hpp"

#include <gtest/gtest.h>

namespace stream {
namespace {

TEST(Metrics, SameNameAndLabelsAreOneCounter) {
  Metrics metrics;
  metrics.counter("stream_test_total", "tests", {{"reason", "a"}}).add();
  metrics.counter("stream_test_total", "tests", {{"reason", "a"}}).add(2);
  metrics.counter("stream_test_total", "tests", {{"reason", "b"}}).add();
  EXPECT_EQ(metrics.counter("stream_test_total", "tests", {{"reason", "a"}}).value(), 3);
  EXPECT_NE(metrics.text().find("stream_test_total{reason=\"a\"} 3"), std::string::npos) << metrics.text();
}

TEST(Metrics, GaugeShowsTheLastValue) {
  Metrics metrics;
  metrics.gauge("stream_depth", "depth").set(4);
  metrics.gauge("stream_depth", "depth").set(2);
  EXPECT_NE(metrics.text().find("stream_depth 2"), std::string::npos);
}

TEST(Metrics, SharedCounterIsShownWhileSomebodyHasIt) {
  Metrics metrics;
  const Labels labels{{"task", "t"}};
  const auto shown = [&] { return metrics.text().find("m{task=\"t\"}") != std::string::npos; };
  auto one = metrics.shared_counter("m", "help", labels);
  auto other = metrics.shared_counter("m", "help", labels);
  one->add(2);
  one.reset();
  EXPECT_TRUE(shown());
  EXPECT_EQ(other->value(), 2);
  other.reset();
  EXPECT_FALSE(shown());
  EXPECT_EQ(metrics.shared_counter("m", "help", labels)->value(), 0);
}

}  // namespace
}  // namespace stream
