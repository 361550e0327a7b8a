#include "engines.hpp"

#include "broker_process.hpp"
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

class ZmqEngine final : public EngineUnderTest {
 public:
  Bus& bus() override { return *bus_; }
  Bus& second_bus() override { return *second_bus_; }

 private:
  BrokerProcess broker_;
  std::unique_ptr<Bus> bus_ = broker_.connect();
  std::unique_ptr<Bus> second_bus_ = broker_.connect();
};

template <class Engine>
std::unique_ptr<EngineUnderTest> start() {
  return std::make_unique<Engine>();
}

}  // namespace

std::vector<EngineCase> all_engines() {
  return {{"Memory", start<MemoryEngine>}, {"Zmq", start<ZmqEngine>}};
}

}  // namespace stream::bus
