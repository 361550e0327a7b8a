#include "nodes_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "shell_node.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::server {
namespace {

namespace fs = std::filesystem;

TEST(NodesFile, ShowsTheNodesAndGoesWithTheServer) {
  const test::TemporaryFolder dir;
  const fs::path file = dir.path() / "run/nodes.json";
  {
    NodesFile nodes(dir.path());
    ASSERT_TRUE(nodes.write({{"api", "api", true, 42, "127.0.0.1:1", "127.0.0.1:2", 3}}));
    const auto document = nlohmann::json::parse(test::read_file(file));
    EXPECT_EQ(document["pid"], ::getpid());
    EXPECT_EQ(document["nodes"][0], nlohmann::json::parse(R"({"name":"api","role":"api","ready":true,"pid":42,
      "address":"127.0.0.1:1","admin":"127.0.0.1:2","restarts":3})"));
    EXPECT_EQ(std::distance(fs::directory_iterator(dir.path() / "run"), {}), 1)
        << "nothing but the file is left";
    EXPECT_EQ(fs::status(dir.path() / "run").permissions(), fs::perms::owner_all);
  }
  EXPECT_FALSE(fs::exists(file));
}

TEST(NodesFile, OneThatWasNotWrittenHereStays) {
  const test::TemporaryFolder dir;
  fs::create_directory(dir.path() / "run");
  std::ofstream(dir.path() / "run/nodes.json") << "another server's";
  { NodesFile nodes(dir.path()); }
  EXPECT_EQ(test::read_file(dir.path() / "run/nodes.json"), "another server's");
}

TEST(NodesFile, FolderThatCannotBeMadeIsAnError) {
  const test::TemporaryFolder dir;
  std::ofstream(dir.path() / "nowhere") << "a file";
  NodesFile nodes(dir.path() / "nowhere");
  const auto written = nodes.write({});
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("nowhere"), std::string::npos);
}

}  // namespace
}  // namespace stream::server
