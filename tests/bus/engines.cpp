#include "engines.hpp"

#include "stream/bus/memory_bus.hpp"

namespace stream::bus {
namespace {

class MemoryEngine final : public EngineUnderTest {
 public:
  Bus& bus() override { return *bus_; }
  Bus& second_bus() override { return *bus_; }

 private:
  std::unique_ptr<Bus> bus_ = make_memory_bus();
};

}  // namespace

std::vector<EngineCase> all_engines() {
  return {{"Memory", []() -> std::unique_ptr<EngineUnderTest> { return std::make_unique<MemoryEngine>(); }}};
}

}  // namespace stream::bus
