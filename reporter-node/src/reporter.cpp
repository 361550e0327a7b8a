#include "reporter.hpp"

#include <algorithm>

#include "alarm_files.hpp"
#include "answer_code.hpp"
#include "render.hpp"
#include "stream/common/encode.hpp"
#include "stream/common/log.hpp"
#include "stream/common/secrets.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::reporter {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kBatch = 4;  // alarms taken at once: few, because one may have tens of MB
constexpr milliseconds kPullWait{250};
constexpr milliseconds kBusPause{200};  // after a call that failed

std::int64_t unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Ids are made to fit, but they come over the wire: nothing in them may end a header line.
std::string header_value(const std::string& id) {
  const bool plain = !id.empty() && std::ranges::all_of(id, [](char c) { return c > ' ' && c < '\x7f'; });
  return plain || id.empty() ? id : encode_name(id);
}

HoldingOptions holding_options(const ReporterConfig& config) {
  return {config.held_alarms, std::size_t{config.held_mib} << 20, config.lines(), config.backoff()};
}

}  // namespace

Reporter::Reporter(bus::Bus& bus, Poster& poster, Metrics& metrics, const ReporterConfig& config)
    : bus_(bus),
      poster_(poster),
      config_(config),
      counters_(metrics),
      publisher_(bus.make_publisher()),
      holding_(holding_options(config)),
      keeper_([this](const std::stop_token& stop) { keep_leases(stop); }) {
  for (std::uint32_t i = 0; i < config_.workers; ++i) workers_.emplace_back([this] { work(); });
  taker_ = std::jthread([this](const std::stop_token& stop) { take(stop); });
}

Reporter::~Reporter() {
  stop();
}

void Reporter::stop() {
  taker_.request_stop();
  for (const auto& job : holding_.close()) finish(*job, {Again{milliseconds(0)}, "stopping"});
  if (!holding_.wait_idle(config_.stop_grace)) poster_.cancel_all();
  abandon_.request_stop();
  if (taker_.joinable()) taker_.join();
  workers_.clear();
  keeper_ = {};
}

// ---- taking alarms

void Reporter::take(const std::stop_token& stop) {
  while (const auto room = holding_.room(stop)) {
    const auto most = std::min(kBatch, static_cast<std::uint32_t>(room));
    auto deliveries = bus_.pull(topics::kAlarmQueue, most, config_.lease, kPullWait);
    if (!deliveries) {
      bus_failed(deliveries.error());
      std::unique_lock lock(pause_mutex_);
      pause_.wait_for(lock, stop, kBusPause, [] { return false; });
      continue;
    }
    for (auto& delivery : *deliveries) admit(std::move(delivery));
  }
}

void Reporter::admit(bus::Delivery delivery) {
  counters_.received.add();
  auto alarm = decode<Alarm>(delivery.payload);
  if (!alarm || alarm->report_urls.empty()) {
    const auto why =
        alarm ? "the alarm has no report URL" : std::move(alarm.error()).within("not an alarm").message;
    counters_.alarm("parked", alarm ? "no_url" : "malformed");
    log::error("alarm_parked", {{"alarm", delivery.id}, {"why", why}});
    settle(delivery, bus::Park{why});
    return;
  }
  const auto job = std::make_shared<Job>();
  job->bytes = delivery.payload.size();
  job->delivery = std::move(delivery);
  job->delivery.payload = std::string();
  job->alarm = std::move(*alarm);
  for (const auto& url : job->alarm.report_urls) job->urls.push_back(parse_report_url(url));
  const auto ending = holding_.admit(job);
  counters_.held.set(static_cast<double>(holding_.size()));
  if (ending) finish(*job, *ending);
}

// ---- delivering them

void Reporter::work() {
  while (const auto job = holding_.next()) {
    counters_.in_flight.set(static_cast<double>(holding_.in_flight()));
    const auto& url = job->alarm.report_urls[job->policy->url()];
    if (job->report.empty()) prepare(*job);
    // Another reporter-node has it by now; a POST of ours would be a needless repetition.
    const auto answer =
        job->lost ? Answer{Answer::Failure::kCancelled, 0, {}, false, "lease lost", {}} : post(*job);
    auto verdict = judge(answer, job->scene_is_sound);
    if (!job->lost) {
      counters_.attempt(verdict);
      publish(*job, to_string(verdict.outcome), url, answer, verdict.detail);
    }
    verdict.detail = fmt::format("{}: {}", mask_secrets(url), verdict.detail);
    if (verdict.outcome != Outcome::kDelivered) attempt_failed(*job, verdict);
    const auto ending = holding_.after(job, verdict, answer.took);
    counters_.in_flight.set(static_cast<double>(holding_.in_flight()));
    if (ending) finish(*job, *ending);
  }
}

void Reporter::prepare(Job& job) {
  job.report = render_report(job.alarm);
  job.scene_is_sound = picture::inspect_jpeg(job.alarm.scene).has_value();
  // They are in the report now; an alarm is large enough without being held twice.
  job.alarm.scene = std::string();
  job.alarm.events.clear();
  if (config_.save_dir.empty()) return;
  const auto saved = save_alarm(config_.save_dir, job.alarm, job.report);
  counters_.saved(saved.has_value());
  if (saved) return;
  if (const auto held_back = file_log_.admit(std::chrono::steady_clock::now())) {
    log::warn("alarm_not_saved", {{"why", saved.error().message}, {"held_back", *held_back}});
  }
}

Answer Reporter::post(const Job& job) {
  return poster_.post(*job.urls[job.policy->url()],
                      {{"Idempotency-Key", header_value(job.alarm.id)},
                       {"X-Attempt", std::to_string(job.policy->attempt_number())}},
                      job.report);
}

// ---- keeping and ending leases

void Reporter::keep_leases(const std::stop_token& stop) {
  std::unique_lock lock(pause_mutex_);
  while (!pause_.wait_for(lock, stop, config_.lease / 3, [&] { return stop.stop_requested(); })) {
    lock.unlock();
    for (const auto& job : holding_.jobs()) {
      if (job->settling || job->lost) continue;
      const auto extended = bus_.settle(topics::kAlarmQueue, job->delivery, bus::Extend{config_.lease});
      if (extended) counters_.lease_extensions.add();
      if (extended || job->settling) continue;
      if (extended.error().code == ErrorCode::kUnavailable) {
        bus_failed(extended.error());
        break;  // the others would only wait for the same broker
      }
      job->lost = true;
    }
    lock.lock();
  }
}

void Reporter::finish(Job& job, const Ending& ending) {
  job.settling = true;
  job.report = std::string();
  if (std::holds_alternative<Done>(ending.step)) {
    counters_.alarm("delivered", ending.reason);
    acknowledge(job);
  } else if (job.lost) {
    counters_.alarm("lost", "lease");
  } else if (const auto* again = std::get_if<Again>(&ending.step)) {
    const auto outcome = ending.reason == "stopping" ? "released"
                         : ending.reason == "busy"   ? "deferred"
                                                     : "retried";
    counters_.alarm(outcome, ending.reason);
    settle(job.delivery, bus::Retry{again->in});
  } else if (const auto* aside = std::get_if<SetAside>(&ending.step)) {
    counters_.alarm("parked", ending.reason);
    log::error("alarm_parked",
               {{"task", job.alarm.task_id}, {"alarm", job.alarm.id}, {"why", aside->reason}});
    publish(job, "parked", {}, {}, aside->reason);
    settle(job.delivery, bus::Park{aside->reason});
  }
  holding_.forget(job);
  counters_.held.set(static_cast<double>(holding_.size()));
}

// Of all settlements only this one is worth waiting for: without it a delivered alarm is delivered again.
void Reporter::acknowledge(const Job& job) {
  while (!settle(job.delivery, bus::Ack{}) && !abandon_.stop_requested()) {
    std::unique_lock lock(pause_mutex_);
    pause_.wait_for(lock, abandon_.get_token(), kBusPause, [] { return false; });
  }
}

// False when asking again may help.
bool Reporter::settle(const bus::Delivery& delivery, const bus::Settlement& settlement) {
  const auto settled = bus_.settle(topics::kAlarmQueue, delivery, settlement);
  if (settled || settled.error().code == ErrorCode::kConflict) return true;
  bus_failed(settled.error());
  return settled.error().code != ErrorCode::kUnavailable;
}

void Reporter::publish(const Job& job, std::string_view outcome, const std::string& url, const Answer& answer,
                       const std::string& detail) {
  const auto topic = topics::report(job.alarm.task_id);
  if (!publisher_->has_subscriber(topic)) return;
  ReportResult result;
  result.alarm_id = job.alarm.id;
  result.task_id = job.alarm.task_id;
  result.url = mask_secrets(url);
  result.outcome = outcome;
  result.status = answer.status;
  result.detail = detail;
  result.attempt = job.policy->attempt_number();
  result.duration_ms = static_cast<std::uint32_t>(answer.took.count());
  result.at_us = unix_us();
  static_cast<void>(publisher_->publish(topic, encode(result)));
}

void Reporter::attempt_failed(const Job& job, const Verdict& verdict) {
  if (const auto held_back = attempt_log_.admit(std::chrono::steady_clock::now())) {
    log::warn("report_failed", {{"task", job.alarm.task_id},
                                {"alarm", job.alarm.id},
                                {"why", verdict.detail},
                                {"held_back", *held_back}});
  }
}

void Reporter::bus_failed(const Error& error) {
  counters_.bus_errors.add();
  if (const auto held_back = bus_log_.admit(std::chrono::steady_clock::now())) {
    log::warn("bus_failed", {{"why", error.message}, {"held_back", *held_back}});
  }
}

}  // namespace stream::reporter
