// The engines that the conformance tests run on. A test names a behaviour once; each engine must show it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>

#include "stream/bus/bus.hpp"

namespace stream::bus {

// One bus, fresh and empty, with two ways in, as two processes would have.
class EngineUnderTest {
 public:
  virtual ~EngineUnderTest() = default;
  virtual Bus& bus() = 0;
  virtual Bus& second_bus() = 0;
};

struct EngineCase {
  std::string name;
  std::unique_ptr<EngineUnderTest> (*start)();
};

inline void PrintTo(const EngineCase& engine, std::ostream* out) {
  *out << engine.name;
}

std::vector<EngineCase> all_engines();

class Conformance : public testing::TestWithParam<EngineCase> {
 protected:
  std::unique_ptr<EngineUnderTest> engine_ = GetParam().start();
  Bus& bus_ = engine_->bus();
  Bus& second_bus_ = engine_->second_bus();
};

inline std::string engine_name(const testing::TestParamInfo<EngineCase>& info) {
  return info.param.name;
}

}  // namespace stream::bus
