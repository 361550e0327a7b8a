#include "completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace stream::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// What bash offers for `line` with the cursor at its end.
std::string offered(const std::string& words, int current) {
  const Program program;
  const std::string script = bash_completion(program.app) + "COMP_WORDS=(" + words +
                             "); COMP_CWORD=" + std::to_string(current) +
                             "; _streamctl; echo \"${COMPREPLY[*]}\"";
  ::setenv("STREAM_TEST_SCRIPT", script.c_str(), 1);
  FILE* pipe = ::popen("bash -c 'compopt() { :; }; eval \"$STREAM_TEST_SCRIPT\"' 2>&1", "r");
  std::string said;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) said += buffer.data();
  EXPECT_EQ(::pclose(pipe), 0) << said;
  return said;
}

TEST(BashCompletion, OffersCommandsAtTheTop) {
  EXPECT_THAT(offered("streamctl ''", 1),
              AllOf(HasSubstr("task"), HasSubstr("tap"), HasSubstr("completion")));
  EXPECT_EQ(offered("streamctl ta", 1), "task tap\n");
}

TEST(BashCompletion, OffersSubcommandsAndOptionsOfTheCommandThatStands) {
  EXPECT_THAT(offered("streamctl task ''", 2),
              AllOf(HasSubstr("create"), HasSubstr("delete"), Not(HasSubstr("keygen"))));
  EXPECT_EQ(offered("streamctl task create --fi", 3), "--file\n");
  EXPECT_EQ(offered("streamctl tap frame --im", 3), "--images\n");
  EXPECT_EQ(offered("streamctl alarm retry --al", 3), "--all\n");
}

TEST(BashCompletion, OffersFilesWhereAFileIsExpected) {
  EXPECT_EQ(offered("streamctl task create -f /etc/hostn", 4), "/etc/hostname\n");
  EXPECT_EQ(offered("streamctl nodes --data-dir /usr/loca", 3), "/usr/local\n");
}

TEST(ZshCompletion, KnowsEveryCommandWithItsHelp) {
  const Program program;
  const std::string script = zsh_completion(program.app);
  EXPECT_THAT(script, HasSubstr("\"streamctl task\") items=("));
  EXPECT_THAT(script, HasSubstr("'create:create the task that a JSON file defines, and start it'"));
}

}  // namespace
}  // namespace stream::cli
