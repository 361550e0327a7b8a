// What the rows about the broker have in common: a cluster with tasks, and a probe that stores messages.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>

#include "cluster.hpp"
#include "stream/common/eventually.hpp"

namespace stream::faults {

class BrokerRows : public Row {
 protected:
  void start(e2e::SystemOptions options = {}) {
    cluster_ = std::make_unique<Cluster>(options);
    impatient_ = cluster_->connect(std::chrono::milliseconds(300));
    ASSERT_TRUE(eventually([this] { return impatient_->healthy(); }));
    probe_ = std::make_unique<Probe>(*impatient_);
  }

  // Tasks that last about so long.
  void play(int tasks, std::chrono::seconds duration, double fps) {
    for (int i = 0; i < tasks; ++i) {
      ScriptOptions options;
      options.seed = random_();
      options.frames = static_cast<int>(static_cast<double>(duration.count()) * fps);
      const auto file = cluster_->system().folder() / fmt::format("script{}.ndjson", i);
      cluster_->play(fmt::format("task{}", i), write_script(file, options), fps);
    }
    ASSERT_TRUE(eventually([this] { return cluster_->sink().taken() > 0; }, std::chrono::seconds(60)))
        << "no alarm at all";
  }

  void expect_probe_and_database() {
    EXPECT_GT(probe_->stored(), 0U);
    EXPECT_EQ(probe_->missing(), 0U) << "of " << probe_->stored() << " that were answered Stored";
    EXPECT_EQ(cluster_->stop_and_check_database(), "ok");
  }

  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<bus::Bus> impatient_;
  std::unique_ptr<Probe> probe_;
};

}  // namespace stream::faults
