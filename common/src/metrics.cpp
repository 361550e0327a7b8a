#include "stream/common/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

namespace stream {

struct Metrics::Impl {
  using CounterFamily = prometheus::Family<prometheus::Counter>;

  CounterFamily& counter_family(const std::string& name, const std::string& help) {
    auto*& family = counters[name];
    if (family == nullptr) family = &prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    return *family;
  }

  mutable std::mutex mutex;  // guards the maps; the registry synchronises itself
  prometheus::Registry registry;
  std::map<std::string, CounterFamily*> counters;
  std::map<prometheus::Counter*, std::size_t> owners;  // of shared ones
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges;
};

void Counter::add(double amount) const {
  static_cast<prometheus::Counter*>(impl_)->Increment(amount);
}
double Counter::value() const {
  return static_cast<prometheus::Counter*>(impl_)->Value();
}

void Gauge::set(double value) const {
  static_cast<prometheus::Gauge*>(impl_)->Set(value);
}
void Gauge::add(double amount) const {
  static_cast<prometheus::Gauge*>(impl_)->Increment(amount);
}
double Gauge::value() const {
  return static_cast<prometheus::Gauge*>(impl_)->Value();
}

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  return Counter(&impl_->counter_family(name, help).Add(labels));
}

std::shared_ptr<const Counter> Metrics::shared_counter(const std::string& name, const std::string& help,
                                                       const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  auto& family = impl_->counter_family(name, help);
  auto* const counter = &family.Add(labels);
  ++impl_->owners[counter];
  const auto give_back = [impl = impl_.get(), &family, counter](const Counter* handle) {
    delete handle;
    const std::lock_guard give_back_lock(impl->mutex);
    if (--impl->owners[counter] > 0) return;
    impl->owners.erase(counter);
    family.Remove(counter);
  };
  return {new Counter(counter), give_back};
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  auto*& family = impl_->gauges[name];
  if (family == nullptr) family = &prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
  return Gauge(&family->Add(labels));
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace stream
