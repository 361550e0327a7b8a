#include "task_json.hpp"

#include <gtest/gtest.h>

namespace stream::api {
namespace {

using nlohmann::json;

TEST(TaskJson, NamesAreThoseOfTheFaceAndValuesStay) {
  const json shown =
      task_json({{"TaskID", "cam1"},
                 {"Status", 1},
                 {"SrcID", "yard"},
                 {"Algorithms", {{{"LastFrameAt", 7}, {"StreamError", {{"Text", "LastExit"}}}}}}});
  EXPECT_EQ(shown,
            (json{{"task", "cam1"},
                  {"running", true},
                  {"src_id", "yard"},
                  {"algorithms", {{{"last_frame_at", 7}, {"stream_error", {{"text", "LastExit"}}}}}}}));
  EXPECT_EQ(task_json({{"TaskID", "a"}, {"Status", 0}})["running"], false);
}

}  // namespace
}  // namespace stream::api
