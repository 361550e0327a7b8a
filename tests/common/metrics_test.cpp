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

}  // namespace
}  // namespace stream
