#include "stream/manifest/catalog.hpp"

#include <gtest/gtest.h>

#include "sample_tree.hpp"

namespace stream::manifest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Catalogs : public ::testing::Test {
 protected:
  json manifest(const std::string& name, int type) {
    return {{"name", name},
            {"title", "t"},
            {"types", {type}},
            {"stream", {{"sample", "s"}}},
            {"mapping", json::array()},
            {"object", {{"from", "detections"}, {"key", "class"}}},
            {"rules", json::object()},
            {"event", json::object()}};
  }
  // Every writing gives another file, however quick it is: another size.
  void put(const std::string& name, json document) {
    if (document.is_object()) document["note"] = std::string(++writings_, 'x');
    tree_.write_json(folder() / name / "algorithm.json", document);
  }
  fs::path folder() const { return tree_.root() / "algorithms"; }

  std::shared_ptr<const Catalog> next() {
    auto read = reader_.read();
    EXPECT_TRUE(read) << read.error().message;
    return read ? *read : nullptr;
  }

  test::SampleTree tree_;
  std::size_t writings_ = 0;
  CatalogReader reader_{tree_.root() / "algorithms"};
};

TEST_F(Catalogs, NothingNewIsNoCatalog) {
  put("a", manifest("a", 1));
  ASSERT_TRUE(next());
  EXPECT_FALSE(next());
}

TEST_F(Catalogs, ChangedNewAndRemovedFoldersAreSeen) {
  put("a", manifest("a", 1));
  EXPECT_EQ(next()->find(1)->title, "t");
  json changed = manifest("a", 1);
  changed["title"] = "other";
  put("a", changed);
  EXPECT_EQ(next()->find(1)->title, "other");
  put("b", manifest("b", 2));
  EXPECT_EQ(next()->find(2)->name, "b");
  fs::remove_all(folder() / "a");
  const auto last = next();
  EXPECT_EQ(last->find(1), nullptr);
  EXPECT_NE(last->find(2), nullptr);
}

TEST_F(Catalogs, BrokenFolderKeepsTheLastGoodVersionAndSaysWhy) {
  put("a", manifest("a", 1));
  const AlgorithmPtr good = next()->find(1);
  tree_.write(folder() / "a/algorithm.json", "{ half");
  const auto broken = next();
  EXPECT_EQ(broken->find(1), good);
  EXPECT_NE(broken->entries.at("a").error.find((folder() / "a/algorithm.json").string()), std::string::npos);
  put("a", manifest("a", 1));
  EXPECT_EQ(next()->entries.at("a").error, "");
}

TEST_F(Catalogs, FolderThatNeverWasGoodIsNamedWhenItsNumberIsAskedFor) {
  put("a", manifest("a", 1));
  put("b", 5);
  const auto catalog = next();
  EXPECT_EQ(catalog->find(2), nullptr);
  const std::string said = catalog->get(2).error().message;
  EXPECT_EQ(said, "found 2, expected one of 1 (a); not usable: " + (folder() / "b/algorithm.json").string() +
                      ": /: found 5, expected an object");
}

TEST_F(Catalogs, NumberBelongsToWhoHadItFirst) {
  put("b", manifest("b", 1));
  ASSERT_EQ(next()->find(1)->name, "b");
  put("a", manifest("a", 1));
  const auto both = next();
  EXPECT_EQ(both->find(1)->name, "b");
  EXPECT_EQ(both->entries.at("a").error, (folder() / "a/algorithm.json").string() +
                                             ": /types/0: found 1, expected a number that b does not have");
  fs::remove_all(folder() / "b");
  EXPECT_EQ(next()->find(1)->name, "a");
}

TEST_F(Catalogs, FilesOfTheFolderCountAsWell) {
  json labelled = manifest("a", 1);
  labelled["labels"] = "l.names";
  tree_.write(folder() / "a/l.names", "x\n");
  put("a", labelled);
  EXPECT_EQ(next()->find(1)->logic["labels"], json{"x"});
  tree_.write(folder() / "a/l.names", "x\ny\n");
  EXPECT_EQ(next()->find(1)->logic["labels"], (json{"x", "y"}));
}

TEST_F(Catalogs, FolderThatIsNotThereIsAnError) {
  EXPECT_EQ(CatalogReader(folder()).read().error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace stream::manifest
