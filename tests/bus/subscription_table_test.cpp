#include "subscription_table.hpp"

#include <gtest/gtest.h>

namespace stream::bus {
namespace {

std::string subscribe(const std::string& prefix) {
  return '\1' + prefix;
}
std::string unsubscribe(const std::string& prefix) {
  return std::string(1, '\0') + prefix;
}

TEST(SubscriptionTable, PrefixesMatchAndOnlyWholeTopicsAreContained) {
  SubscriptionTable table;
  EXPECT_FALSE(table.matches("frame/a/0/"));
  EXPECT_TRUE(table.apply(subscribe("frame/")));
  EXPECT_TRUE(table.matches("frame/a/0/"));
  EXPECT_FALSE(table.contains("frame/a/0/"));
  EXPECT_TRUE(table.apply(subscribe("frame/a/0/")));
  EXPECT_TRUE(table.contains("frame/a/0/"));
  EXPECT_FALSE(table.matches("fram"));
}

TEST(SubscriptionTable, EndedSubscriptionIsForgotten) {
  SubscriptionTable table;
  table.apply(subscribe("a/"));
  table.apply(subscribe("b/"));
  EXPECT_TRUE(table.apply(unsubscribe("a/")));
  EXPECT_FALSE(table.matches("a/x/"));
  EXPECT_TRUE(table.matches("b/x/"));
}

TEST(SubscriptionTable, WhatChangesNothingSaysSo) {
  SubscriptionTable table;
  EXPECT_FALSE(table.apply(""));
  EXPECT_FALSE(table.apply("\2a/"));
  EXPECT_FALSE(table.apply(unsubscribe("a/")));
  EXPECT_TRUE(table.apply(subscribe("a/")));
  EXPECT_FALSE(table.apply(subscribe("a/")));
}

TEST(SubscriptionTable, EmptyPrefixMatchesEverything) {
  SubscriptionTable table;
  EXPECT_TRUE(table.apply(subscribe("")));
  EXPECT_TRUE(table.matches("anything/"));
  EXPECT_TRUE(table.apply(unsubscribe("")));
  EXPECT_FALSE(table.matches("anything/"));
}

}  // namespace
}  // namespace stream::bus
