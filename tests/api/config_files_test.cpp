#include "config_files.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "stream/common/json_reader.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;

TEST(WriteStreamConfig, FilesAreOfTheTaskAndPrivate) {
  const stream::test::TemporaryFolder data;
  const fs::path folder = algorithm_folder(data.path(), "../任务", 1) / "config";
  const std::map<std::string, nlohmann::json> files = {{"demo.json", {{"channels", 1}}},
                                                       {"engine.json", nlohmann::json::array()}};
  ASSERT_TRUE(write_stream_config(folder, files));
  ASSERT_TRUE(write_stream_config(folder, files));  // again, over itself

  std::set<std::string> written;
  for (const auto& entry : fs::recursive_directory_iterator(data.path())) {
    if (!entry.is_regular_file()) continue;
    written.insert(entry.path().filename());
    EXPECT_EQ(entry.path().parent_path(), folder);
  }
  EXPECT_EQ(fs::status(folder).permissions(), fs::perms::owner_all);
  EXPECT_EQ(written.size(), files.size());
  EXPECT_EQ(read_json_file(folder / "demo.json").value(), files.at("demo.json"));
  ASSERT_TRUE(remove_folder(task_folder(data.path(), "../任务")));
  EXPECT_FALSE(fs::exists(folder));
}

TEST(RemoveFoldersBut, TasksThatAreThereKeepTheirs) {
  const stream::test::TemporaryFolder data;
  for (const char* id : {"任务", "../gone", "gone too"}) {
    fs::create_directories(algorithm_folder(data.path(), id, 0) / "config");
  }
  ASSERT_TRUE(remove_folders_but(data.path() / "tasks", {task_folder(data.path(), "任务").filename()}));
  EXPECT_TRUE(fs::exists(algorithm_folder(data.path(), "任务", 0) / "config"));
  EXPECT_FALSE(fs::exists(task_folder(data.path(), "../gone")));
  EXPECT_FALSE(fs::exists(task_folder(data.path(), "gone too")));
}

TEST(StreamConfigFiles, AreToldFromOthers) {
  using Files = std::map<std::string, nlohmann::json>;
  const stream::test::TemporaryFolder data;
  const fs::path folder = data.path() / "config";
  const nlohmann::json one = {{"x", 1}}, other = {{"x", 2}};
  const Files files = {{"a.json", one}, {"b.json", other}};
  EXPECT_FALSE(is_stream_config(folder, files)) << "there is none";
  ASSERT_TRUE(write_stream_config(folder, files));
  EXPECT_TRUE(is_stream_config(folder, files));
  EXPECT_FALSE(is_stream_config(folder, Files{{"a.json", one}})) << "one too many";
  EXPECT_FALSE(is_stream_config(folder, Files{{"a.json", one}, {"b.json", one}}));
  EXPECT_FALSE(is_stream_config(folder, Files{{"a.json", one}, {"b.json", other}, {"c.json", one}}));
  std::ofstream(folder / "a.json") << "{";
  EXPECT_FALSE(is_stream_config(folder, files));
}

}  // namespace
}  // namespace stream::api
