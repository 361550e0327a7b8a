// What the shipped manifests say about objects and events can be worked with.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "rules.hpp"

namespace stream::logic {
namespace {

TEST(ShippedAlgorithms, RulesCanBeRead) {
  int count = 0;
  for (const auto& folder : std::filesystem::directory_iterator(STREAM_SOURCE_DIR "/algorithms")) {
    if (!folder.is_directory()) continue;
    std::ifstream file(folder.path() / "algorithm.json");
    const auto manifest = nlohmann::json::parse(file);
    const auto rules = read_rules(manifest.at("logic").dump());
    EXPECT_TRUE(rules) << folder.path() << ": " << rules.error().message;
    ++count;
  }
  EXPECT_GE(count, 6);
}

}  // namespace
}  // namespace stream::logic
