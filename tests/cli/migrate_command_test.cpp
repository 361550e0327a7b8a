#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "command_line.hpp"
#include "stream/common/files.hpp"
#include "stream/http/server.hpp"
#include "stream/test/temporary_folder.hpp"

namespace stream::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// An api-node that keeps what it is told to create, and the folder of an old server.
class MigrateTest : public ::testing::Test {
 protected:
  MigrateTest() {
    fs::create_directories(saved());
    router_.add("GET", "/api/v1/tasks", [this](const http::Request&) {
      json tasks = json::array();
      const std::lock_guard lock(mutex_);
      for (const std::string& body : created_) tasks.push_back({{"task", json::parse(body)["TaskID"]}});
      return answer(200, {{"tasks", tasks}});
    });
    router_.add("POST", "/api/v1/tasks", [this](const http::Request& request) {
      const json body = json::parse(request.body);
      if (body.value("Algorithm", json()).is_null())
        return answer(400, {{"detail", "/Algorithm: missing for rtsp://u:geheim@cam/1"}});
      const std::lock_guard lock(mutex_);
      if (const auto refusal = refusals_.find(body["TaskID"]);
          refusal != refusals_.end() && refusal->second.second-- > 0) {
        return answer(refusal->second.first, {{"detail", "not now"}});
      }
      created_.emplace_back(request.body);
      return answer(201, {{"task", body["TaskID"]}});
    });
    server_ = http::Server::start({}, router_, metrics_, "test").value();
  }

  static http::Response answer(unsigned status, const json& body) {
    return {status, body.dump(), "application/json", {}};
  }

  fs::path saved() const { return folder_.path() / "stream_config_back"; }
  void write(const std::string& file, const std::string& text) const {
    ASSERT_TRUE(write_file(saved() / file, text));
  }
  // As Python's json.dump(…, indent=2) writes a create.
  static std::string body_of(const std::string& id) {
    return json{{"TaskID", id},
                {"InputSrc", {{"SrcID", "c"}, {"StreamSrc", {{"Address", "rtsp://u:geheim@cam/1"}}}}},
                {"Algorithm", json::array({{{"Type", 16}}})}}
        .dump(2, ' ', true);
  }
  void save(const std::string& id) const { write(id + ".json", body_of(id)); }

  CommandLine::Outcome migrate(const fs::path& folder, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"migrate", folder, "--api", "http://" + server_->address()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return streamctl_.run(arguments);
  }
  std::vector<std::string> created() {
    const std::lock_guard lock(mutex_);
    return created_;
  }

  // The next `times` creates of this task are answered so.
  void refuse(const std::string& id, unsigned status, int times) {
    const std::lock_guard lock(mutex_);
    refusals_[id] = {status, times};
  }

  const test::TemporaryFolder folder_;
  CommandLine streamctl_;

 private:
  std::mutex mutex_;
  std::vector<std::string> created_;
  std::map<std::string, std::pair<unsigned, int>> refusals_;
  Metrics metrics_;
  http::Router router_{1};
  std::unique_ptr<http::Server> server_;
};

TEST_F(MigrateTest, ListedTasksAreCreatedInTheirOrderByteForByte) {
  save("b");
  save("任务1");
  write("task_ids.txt", "任务1\nb\n");
  const auto outcome = migrate(folder_.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "created        任务1\ncreated        b\n2 created, 0 there already, 0 refused, 0 unreadable\n");
  EXPECT_THAT(created(), ElementsAre(body_of("任务1"), body_of("b")));
}

TEST_F(MigrateTest, TheBackupFolderItselfMayBeNamed) {
  save("a");
  write("task_ids.txt", "a\n");
  EXPECT_EQ(migrate(saved()).exit_code, 0);
  EXPECT_THAT(created(), ElementsAre(body_of("a")));
}

TEST_F(MigrateTest, SecondTimeChangesNothing) {
  save("a");
  write("task_ids.txt", "a\n");
  ASSERT_EQ(migrate(folder_.path()).exit_code, 0);
  const auto outcome = migrate(folder_.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("there already  a\n"), HasSubstr("0 created, 1 there already")));
  EXPECT_EQ(created().size(), 1U);
}

TEST_F(MigrateTest, DryRunSaysWhatWouldBeDoneAndDoesNothing) {
  save("a");
  write("task_ids.txt", "a\ngone\n");
  const auto outcome = migrate(folder_.path(), {"--dry-run"});
  EXPECT_EQ(outcome.exit_code, 1) << "one cannot be read";
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("would create   a\n"), HasSubstr("unreadable     gone: "),
                                 HasSubstr("1 would be created")));
  EXPECT_THAT(created(), IsEmpty());
}

TEST_F(MigrateTest, RefusalIsToldAndTheRestGoesOn) {
  write("bad.json", R"({"TaskID":"bad"})");
  save("good");
  write("task_ids.txt", "bad\ngood\n");
  const auto outcome = migrate(folder_.path());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("refused        bad: /Algorithm: missing"), Not(HasSubstr("geheim")),
                    HasSubstr("created        good"), HasSubstr("1 created, 0 there already, 1 refused")));
}

TEST_F(MigrateTest, ANodeThatSaysNotNowIsAskedAgain) {
  save("a");
  save("b");
  write("task_ids.txt", "a\nb\n");
  refuse("a", 503, 2);
  const auto outcome = migrate(folder_.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "created        a\ncreated        b\n2 created, 0 there already, 0 refused, 0 unreadable\n");
  EXPECT_EQ(outcome.err, "streamctl: not now; trying again for 30 s\n") << "once";
}

TEST_F(MigrateTest, OneThatTheNodeFailsAtIsLeftAndTheRestGoesOn) {
  save("a");
  save("b");
  write("task_ids.txt", "a\nb\n");
  refuse("a", 500, 1);
  const auto outcome = migrate(folder_.path());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("left           a: "), HasSubstr("created        b\n"),
                                 HasSubstr("1 created, 0 there already, 0 refused, 0 unreadable, 1 left")));
}

TEST_F(MigrateTest, CtrlCStillGivesTheSum) {
  save("a");
  save("b");
  write("task_ids.txt", "a\nb\n");
  refuse("a", 503, 1000);
  streamctl_.stop = true;
  const auto outcome = migrate(folder_.path());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("left           a: not now\n"), HasSubstr("left           b: stopped"),
                    HasSubstr("0 created, 0 there already, 0 refused, 0 unreadable, 2 left")));
}

TEST_F(MigrateTest, FilesThatCannotBeUsedAreNamedWithThePlace) {
  write("broken.json", "{\n\"Address\":\"rtsp://u:geheim\n");
  write("list.json", "[]");
  write("other.json", body_of("somebody"));
  write("nameless.json", "{}");
  write("task_ids.txt", "broken\nlist\nother\nnameless\nabsent\n");
  const auto outcome = migrate(folder_.path());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("broken.json: line 2: this is no JSON"), Not(HasSubstr("geheim"))));
  EXPECT_THAT(outcome.out, HasSubstr("list.json: found array, expected an object"));
  EXPECT_THAT(outcome.out, HasSubstr("other.json: /TaskID: found \"somebody\", expected \"other\""));
  EXPECT_THAT(outcome.out, HasSubstr("nameless.json: /TaskID: found nothing, expected \"nameless\""));
  EXPECT_THAT(outcome.out, HasSubstr("absent.json: cannot be read"));
  EXPECT_THAT(outcome.out, HasSubstr("5 unreadable"));
  EXPECT_THAT(created(), IsEmpty());
}

TEST_F(MigrateTest, DeletedTasksStayDeleted) {
  save("alive");
  save("deleted");
  write("task_ids.txt", "alive\n");
  const auto outcome = migrate(folder_.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(created(), ElementsAre(body_of("alive")));
  EXPECT_THAT(outcome.out, HasSubstr("left alone: 1 files of tasks that are not in task_ids.txt"));
}

TEST_F(MigrateTest, ListFromAnEditorIsUnderstood) {
  save("a b");
  write("task_ids.txt", "\xEF\xBB\xBF a b \r\n\r\na b\n");
  EXPECT_EQ(migrate(folder_.path()).exit_code, 0);
  EXPECT_THAT(created(), ElementsAre(body_of("a b")));
}

TEST_F(MigrateTest, IdThatLeadsOutOfTheFolderIsFollowedAsItWasWritten) {
  save("../esc");
  write("task_ids.txt", "../esc\n");
  EXPECT_EQ(migrate(folder_.path()).exit_code, 0);
  EXPECT_THAT(created(), ElementsAre(body_of("../esc")));
}

TEST_F(MigrateTest, FolderWithoutAListIsRefused) {
  const auto outcome = migrate(folder_.path() / "elsewhere");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("elsewhere: found no task_ids.txt"),
                                 HasSubstr("expected the folder of the old server")));
}

TEST(Migrate, AbsentApiNodeIsNamed) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_file(folder.path() / "task_ids.txt", "a\n"));
  CommandLine streamctl;
  streamctl.stop = true;  // it is asked again until then
  const auto outcome = streamctl.run({"migrate", folder.path(), "--api", "http://127.0.0.1:1"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("http://127.0.0.1:1/api/v1/tasks"));
}

}  // namespace
}  // namespace stream::cli
