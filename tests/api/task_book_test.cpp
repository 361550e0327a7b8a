#include "task_book.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "stream/schemas/topics.hpp"

namespace stream::api {
namespace {

TaskRecord record(const std::string& id) {
  TaskRecord record;
  record.task_id = id;
  record.algorithms.resize(2);
  return record;
}

TEST(TaskBook, OlderRevisionsAreIgnored) {
  TaskBook book;
  EXPECT_TRUE(book.put(record("a"), 5));
  EXPECT_FALSE(book.put(record("a"), 5));
  EXPECT_FALSE(book.put(record("a"), 4));
  EXPECT_TRUE(book.put(record("a"), 6));
  EXPECT_EQ(book.find("a")->revision, 6U);
}

TEST(TaskBook, LatePutDoesNotBringADeletedTaskBack) {
  TaskBook book;
  book.put(record("a"), 5);
  EXPECT_EQ(book.erase(topics::task_key("a"), 7)->task_id, "a");
  EXPECT_FALSE(book.put(record("a"), 5));
  EXPECT_FALSE(book.find("a"));
  EXPECT_TRUE(book.put(record("a"), 8));
}

TEST(TaskBook, LateDeletionDoesNotTakeANewTask) {
  TaskBook book;
  book.put(record("a"), 9);
  EXPECT_EQ(book.erase(topics::task_key("a"), 7), nullptr);
  EXPECT_TRUE(book.find("a"));
}

TEST(TaskBook, StreamErrorsBelongToKnownAlgorithmsAndGoWithTheirRecord) {
  TaskBook book;
  book.set_stream_error("a", 0, {"lost", 1});
  book.put(record("a"), 1);
  book.set_stream_error("a", 1, {"OPEN_FAILED", 2});
  book.set_stream_error("a", 2, {"beyond", 3});
  const auto errors = book.find("a")->stream_errors;
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors.at(1).text, "OPEN_FAILED");
  book.put(record("a"), 2);
  EXPECT_TRUE(book.find("a")->stream_errors.empty());
}

TEST(TaskBook, AllTasksAreListed) {
  TaskBook book;
  book.put(record("b"), 1);
  book.put(record("../a"), 2);
  std::vector<std::string> ids;
  for (const KnownTask& task : book.all()) ids.push_back(task.record->task_id);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(ids, (std::vector<std::string>{"../a", "b"}));
}

}  // namespace
}  // namespace stream::api
