#include "config_files.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "stream/common/json_reader.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::api {
namespace {

namespace fs = std::filesystem;

manifest::StreamConfig two_files() {
  manifest::StreamConfig config;
  config.files = {{"demo.json", {{"channels", 1}}}, {"engine.json", nlohmann::json::array()}};
  config.demo_file = "demo.json";
  return config;
}

TEST(WriteStreamConfig, FilesAreOfTheTaskAndPrivate) {
  const stream::test::TemporaryFolder data;
  const fs::path folder = algorithm_folder(data.path(), "../任务", 1) / "config";
  const manifest::StreamConfig config = two_files();
  ASSERT_TRUE(write_stream_config(folder, config));
  ASSERT_TRUE(write_stream_config(folder, config));  // again, over itself

  std::set<std::string> written;
  for (const auto& entry : fs::recursive_directory_iterator(data.path())) {
    if (!entry.is_regular_file()) continue;
    written.insert(entry.path().filename());
    EXPECT_EQ(entry.path().parent_path(), folder);
  }
  EXPECT_EQ(fs::status(folder).permissions(), fs::perms::owner_all);
  EXPECT_EQ(written.size(), config.files.size());
  EXPECT_EQ(read_json_file(folder / config.demo_file).value(), config.files.at(config.demo_file));
  ASSERT_TRUE(remove_task_folder(data.path(), "../任务"));
  EXPECT_FALSE(fs::exists(folder));
}

TEST(CapLogFile, LongFileIsEmptied) {
  const stream::test::TemporaryFolder folder;
  const fs::path log = folder.path() / "stream.log";
  std::ofstream(log) << std::string(1000, 'x');
  cap_log_file(log, 1000);
  EXPECT_EQ(fs::file_size(log), 1000U);
  cap_log_file(log, 999);
  EXPECT_EQ(fs::file_size(log), 0U);
}

}  // namespace
}  // namespace stream::api
