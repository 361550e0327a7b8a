#include "reporter.hpp"

#include <algorithm>

#include "alarm_files.hpp"
#include "answer_code.hpp"
#include "render.hpp"
#include "stream/common/fail_point.hpp"
#include "stream/common/log.hpp"
#include "stream/common/secrets.hpp"
#include "stream/picture/jpeg.hpp"
#include "stream/schemas/codec.hpp"
#include "stream/schemas/topics.hpp"

namespace stream::reporter {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPullWait{250};
constexpr milliseconds kShortPullWait{20};  // while a full line may have room any moment
constexpr std::chrono::minutes kSweepEvery{10};

HoldingOptions holding_options(const ReporterConfig& config) {
  return {config.held_alarms, std::size_t{config.held_mib} << 20, config.lines(), config.backoff()};
}

}  // namespace

Reporter::Reporter(bus::Bus& bus, Poster& poster, Metrics& metrics, Peers peers, events::SystemEvents& events,
                   const ReporterConfig& config)
    : bus_(bus),
      poster_(poster),
      events_(events),
      config_(config),
      counters_(metrics),
      claims_(bus, std::move(peers)),
      telling_(bus, counters_),
      settling_(bus, claims_, counters_, telling_, {config.refused_rounds, config.refused_pace}),
      holding_(holding_options(config)),
      keeper_([this](const std::stop_token& stop) { keep_leases(stop); }),
      taker_([this](const std::stop_token& stop) { take(stop); }) {}

Reporter::~Reporter() {
  stop();
}

void Reporter::stop() {
  stopping_.request_stop();
  taker_.request_stop();
  std::vector<Holding::Work> later;
  // Without a broker nothing can be given back, and every try would only take as long as its time-out: the
  // leases and the claims of this boot end by themselves.
  const auto give_back = [this](const Holding::Work& work) {
    if (bus_.healthy()) finish(*work.job, *work.ending);
  };
  for (auto& work : holding_.close()) {
    using Kind = Ending::Kind;
    const bool delivered = work.ending->kind == Kind::kDelivered || work.ending->kind == Kind::kDone;
    // These may have to wait for the broker; the others are free at once.
    if (work.job->claimed || delivered) {
      later.push_back(std::move(work));
    } else {
      give_back(work);
    }
  }
  if (!holding_.wait_idle(config_.stop_grace)) poster_.cancel_all();
  settling_.abandon();
  if (taker_.joinable()) taker_.join();
  for (auto& work : holding_.close()) later.push_back(std::move(work));  // what the taker was just bringing
  for (const auto& work : later) give_back(work);
  workers_.clear();
  keeper_ = {};
}

// ---- taking alarms

void Reporter::take(const std::stop_token& stop) {
  while (const auto room = holding_.room(stop)) {
    auto pulls = holding_.pulls(Clock::now());
    bool reached = true;
    for (const auto& group : pulls.due) {
      bool empty = false;
      reached = reached && pull(1, milliseconds(0), {{group}, true}, empty);
      if (empty) holding_.group_is_empty(group);
    }
    const auto most = static_cast<std::uint32_t>(std::min(holding_.batch(), room));
    const auto wait = pulls.soon ? kShortPullWait : kPullWait;
    bool empty = false;
    if (!reached || !pull(most, wait, {std::move(pulls.shut), false}, empty)) settling_.pause(stop);
  }
}

// False when the broker did not answer.
bool Reporter::pull(std::uint32_t most, milliseconds wait, const bus::GroupFilter& filter, bool& empty) {
  const auto before = Clock::now();
  auto deliveries = bus_.pull(topics::kAlarmQueue, most, config_.lease, wait, filter);
  if (!deliveries) {
    telling_.bus_failed(deliveries.error());
    return false;
  }
  empty = deliveries->empty();
  if (!empty) fail_point("reporter.after_pull");
  for (auto& delivery : *deliveries) admit(std::move(delivery), before + config_.lease);
  hire();
  return true;
}

void Reporter::admit(bus::Delivery delivery, UrlLines::Time leased_until) {
  counters_.received.add();
  const auto job = std::make_shared<Job>();
  job->leased_until = leased_until;
  job->bytes = delivery.payload.size();
  auto alarm = decode<Alarm>(delivery.payload);
  job->delivery = std::move(delivery);
  job->delivery.payload = std::string();
  const bool usable = alarm && !alarm->report_urls.empty();
  std::optional<Ending> ending;
  if (!usable) {
    auto why =
        alarm ? "the alarm has no report URL" : std::move(alarm.error()).within("not an alarm").message;
    ending = Ending{Ending::Kind::kUnusable, {}, {}, std::move(why)};
  } else {
    job->alarm = std::move(*alarm);
    job->policy = policy_of(job->alarm.report_policy);
    for (const auto& url : job->alarm.report_urls) job->urls.push_back(parse_report_url(url));
    job->claim = Claims::claim_of(job->delivery.id);
    // At the first hand-out there is nothing to be found yet; if there is, the claim fails.
    if (job->delivery.attempt > 1) {
      const auto found = claims_.look(job->claim, holding_.holds(job->delivery.id));
      if (found == Claims::Found::kDone) ending = Ending{Ending::Kind::kDone, {}, {}, "done"};
      if (found == Claims::Found::kTaken || found == Claims::Found::kNoAnswer) {
        ending = Ending{Ending::Kind::kTaken, {}, {}, found == Claims::Found::kTaken ? "taken" : "no_answer"};
      }
    }
  }
  holding_.admit(job, Clock::now(), std::move(ending));
  counters_.held.set(static_cast<double>(holding_.size()));
}

// A thread for each job that has something to do: an attempt may take its time, and must not make others
// wait.
void Reporter::hire() {
  const auto most = config_.held_alarms - std::min<std::size_t>(workers_.size(), config_.held_alarms);
  const auto missing = std::min(holding_.missing_hands(), most);
  for (std::size_t i = 0; i < missing; ++i) workers_.emplace_back([this] { work(); });
}

// ---- delivering them

void Reporter::work() {
  while (true) {
    const auto [job, ending] = holding_.next();
    if (!job) return;
    if (ending) {
      finish(*job, *ending);
    } else {
      attempt(job);
    }
  }
}

void Reporter::attempt(const JobPtr& job) {
  counters_.in_flight.set(static_cast<double>(holding_.in_flight()));
  if (const auto instead = claim(*job)) {
    finish(*job, holding_.give_up(job, *instead, Clock::now()));
    return;
  }
  if (job->report.empty()) prepare(*job);
  const auto& url = job->alarm.report_urls[job->at];
  fail_point("reporter.before_post");
  const auto answer = post(*job);
  fail_point("reporter.after_post");
  auto verdict = judge(answer, job->scene_is_sound);
  counters_.attempt(verdict);
  telling_.publish(*job, to_string(verdict.outcome), url, answer, verdict.detail);
  const bool cancelled = answer.failure == Answer::Failure::kCancelled;
  if (!cancelled) {
    events_.see({events::Kind::kReceiver, url, verdict.outcome == Outcome::kRetry, verdict.detail});
    telling_.attempted(*job, url, verdict);
  }
  verdict.detail = fmt::format("{}: {}", mask_secrets(url), verdict.detail);
  std::optional<Ending> ending;
  if (cancelled) {
    ending = holding_.give_up(job, Ending::Kind::kStopped, Clock::now());
  } else {
    ending = holding_.after(job, verdict, answer.took, Clock::now());
  }
  counters_.in_flight.set(static_cast<double>(holding_.in_flight()));
  if (ending) finish(*job, *ending);
}

std::optional<Ending::Kind> Reporter::claim(Job& job) {
  const Claim before = job.claim;
  auto next = claims_.owned(settling_.after_round(job));
  ++next.attempts;
  auto written = Claims::Written::kNoAnswer;
  const auto write = [&] {
    written = claims_.write(job.claim, next);
    return written != Claims::Written::kNoAnswer;
  };
  fail_point("reporter.before_claim");
  if (!settling_.insist(stopping_, write)) return Ending::Kind::kStopped;
  fail_point("reporter.after_claim");
  if (written == Claims::Written::kConflict) {
    const bool done = claims_.look(job.claim, false) == Claims::Found::kDone;
    job.claimed = false;
    return done ? Ending::Kind::kDone : Ending::Kind::kTaken;
  }
  if (written == Claims::Written::kFull) {
    // Delivering is what makes room. Our lease alone keeps others away for now, and the number of this
    // attempt lives as long as we do.
    counters_.unclaimed.add();
    job.claim.record = next;
  }
  job.claimed = true;
  return check_lease(job, before);
}

// Somebody who got the alarm after our lease, delivered it and removed the record would have left nothing for
// our claim to fail at. So the lease must have lasted until after the claim.
std::optional<Ending::Kind> Reporter::check_lease(Job& job, const Claim& before) {
  if (Clock::now() < job.leased_until.load()) return std::nullopt;
  Status extended;
  const auto extend = [&] {
    const auto now = Clock::now();
    extended = settling_.settle(job, bus::Extend{config_.lease});
    if (extended) job.leased_until = now + config_.lease;
    return extended || extended.error().code != ErrorCode::kUnavailable;
  };
  if (!settling_.insist(stopping_, extend)) return Ending::Kind::kStopped;
  if (extended) return std::nullopt;
  if (before.revision == 0) {
    claims_.remove(job.claim);
  } else {
    settling_.release(job, before.record);
  }
  return Ending::Kind::kLost;
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
  if (!saved) telling_.not_saved(saved.error());
}

Answer Reporter::post(const Job& job) {
  return poster_.post(*job.urls[job.at],
                      {{"Idempotency-Key", header_value(job.alarm.id)},
                       {"X-Attempt", std::to_string(job.claim.record.attempts)}},
                      job.report);
}

// ---- keeping leases, looking after records

void Reporter::keep_leases(const std::stop_token& stop) {
  auto next_sweep = Clock::now() + kSweepEvery / 10;
  std::unique_lock lock(pause_mutex_);
  while (!pause_.wait_for(lock, stop, config_.lease / 3, [&] { return stop.stop_requested(); })) {
    lock.unlock();
    for (const auto& job : holding_.jobs()) {
      if (job->settling) continue;
      const auto now = Clock::now();
      const auto extended = settling_.settle(*job, bus::Extend{config_.lease});
      if (extended) {
        job->leased_until = now + config_.lease;
        counters_.lease_extensions.add();
        continue;
      }
      if (extended.error().code == ErrorCode::kUnavailable) break;  // the others would only wait as long
      // Somebody else may have it by now; the next claim tells.
      if (!job->settling) job->leased_until = UrlLines::Time{};
    }
    if (Clock::now() >= next_sweep) {
      sweep();
      next_sweep = Clock::now() + kSweepEvery;
    }
    lock.lock();
  }
}

void Reporter::sweep() {
  const auto swept =
      claims_.sweep(topics::kAlarmQueue, [this](const std::string& id) { return holding_.holds(id); });
  if (swept) {
    counters_.records_swept.add(static_cast<double>(*swept));
  } else {
    telling_.bus_failed(swept.error());
  }
}

void Reporter::finish(Job& job, const Ending& ending) {
  settling_.finish(job, ending);
  holding_.forget(job);
  counters_.held.set(static_cast<double>(holding_.size()));
}

}  // namespace stream::reporter
