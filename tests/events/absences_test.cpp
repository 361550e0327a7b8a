#include <gmock/gmock.h>

#include "stream/events/abandoned.hpp"

namespace stream::events {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Absences, ANodeThatIsAwayForLongEnoughIsGivenUpUntilItsKeyIsGone) {
  Absences absences(1h);
  EXPECT_THAT(absences.take({"a", "b"}, {"b"}, 30min), IsEmpty());
  EXPECT_THAT(absences.take({"a", "b"}, {"b"}, 30min), ElementsAre("a"));
  EXPECT_THAT(absences.take({"a", "b"}, {"b"}, 1min), ElementsAre("a"));
  EXPECT_THAT(absences.take({"b"}, {"b"}, 1min), IsEmpty());
  EXPECT_THAT(absences.take({"a", "b"}, {"b"}, 59min), IsEmpty()) << "counted anew";
}

TEST(Absences, ANodeThatComesBackIsCountedAnew) {
  Absences absences(1h);
  EXPECT_THAT(absences.take({"a"}, {}, 59min), IsEmpty());
  EXPECT_THAT(absences.take({"a"}, {"a"}, 1min), IsEmpty());
  EXPECT_THAT(absences.take({"a"}, {}, 59min), IsEmpty());
  EXPECT_THAT(absences.take({"a"}, {}, 1min), ElementsAre("a"));
}

}  // namespace
}  // namespace stream::events
