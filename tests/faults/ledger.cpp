#include "ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace stream::faults {

using nlohmann::json;
using reporter::test::Post;

AlarmSink::AlarmSink()
    : behaviour_([](std::size_t) { return Reply{}; }),
      receiver_([this](std::size_t number) { return reply_to(number); }, nullptr,
                [this](Post& post, const Reply& reply) { write_down(post, reply); }) {}

void AlarmSink::behave(const Reply& reply) {
  behave([reply](std::size_t) { return reply; });
}

void AlarmSink::behave(std::function<Reply(std::size_t)> behaviour) {
  const std::lock_guard lock(mutex_);
  behaviour_ = std::move(behaviour);
}

Reply AlarmSink::reply_to(std::size_t number) const {
  const std::lock_guard lock(mutex_);
  return behaviour_(number);
}

void AlarmSink::write_down(Post& post, const Reply& reply) {
  Posted posted;
  posted.at = Clock::now();
  posted.key = post.idempotency_key;
  posted.attempt = post.attempt;
  // Nobody waits longer than 15 s for an answer. Of one without an end the status counts, and it says 200.
  const bool is_good = reply.kind == Reply::Kind::kAnswer && reply.status == 200 &&
                       reply.body == Reply{}.body && reply.delay < std::chrono::seconds(10);
  posted.taken = is_good || reply.kind == Reply::Kind::kEndlessAnswer;
  const json body = json::parse(post.body, nullptr, false);
  if (body.is_array() && body.size() == 1) {
    posted.id = body[0].value("AlarmID", "");
    posted.task = body[0].value("TaskID", "");
    posted.frame = body[0].value("FrameIndex", std::int64_t{-1});
    for (const json& event : body[0].value("AnalyzeEvents", json::array())) {
      posted.labels.push_back(event.value("Extend", json::object()).value("VehicleLicense", ""));
    }
  }
  post = {};  // many thousands of pictures are not to be kept
  const std::lock_guard lock(mutex_);
  taken_ += posted.taken ? 1 : 0;
  posts_.push_back(std::move(posted));
}

std::vector<Posted> AlarmSink::posts() const {
  const std::lock_guard lock(mutex_);
  return posts_;
}

std::size_t AlarmSink::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

namespace {

constexpr std::size_t kMostDetails = 20;

class Judge {
 public:
  Judge(const std::map<std::string, std::vector<Episode>>& expected, const std::vector<Doubt>& doubts)
      : expected_(expected), doubts_(doubts) {}

  void take(const Posted& post) {
    if (post.id.empty() || post.key != post.id) {
      ++verdict_.wrong;
      tell(fmt::format("a POST of alarm \"{}\" with Idempotency-Key \"{}\"", post.id, post.key));
    }
    if (!post.taken) return;
    const auto [known, is_new] = taken_.emplace(post.id, post);
    if (!is_new) {
      repeat(known->second, post);
      known->second.at = post.at;
      return;
    }
    for (const std::string& label : post.labels) event(post, label);
  }

  Verdict end() {
    for (const auto& [task, episodes] : expected_) {
      verdict_.expected += episodes.size();
      for (const Episode& episode : episodes) {
        if (decided_by_.contains({task, episode})) continue;
        ++verdict_.lost;
        tell(fmt::format("lost: {} {} at frame {}", task, episode.label, episode.alarm_frame));
      }
    }
    return verdict_;
  }

 private:
  void repeat(const Posted& first, const Posted& post) {
    ++verdict_.repeats;
    if (first.frame != post.frame || first.labels != post.labels) {
      ++verdict_.wrong;
      tell(fmt::format("{} was two different alarms", post.id));
    }
    const bool doubtful = std::any_of(doubts_.begin(), doubts_.end(), [&](const Doubt& doubt) {
      return doubt.from <= first.at && first.at <= doubt.to;
    });
    if (doubtful) return;
    ++verdict_.not_in_doubt;
    tell(fmt::format("{} was sent again {} after it was taken, attempt {} after {}", post.id,
                     text_of(post.at - first.at), post.attempt, first.attempt));
  }

  void event(const Posted& post, const std::string& label) {
    const auto task = expected_.find(post.task);
    const Episode* episode = nullptr;
    if (task != expected_.end()) {
      const auto found = std::find_if(task->second.begin(), task->second.end(), [&](const Episode& e) {
        return e.label == label && e.first <= post.frame && post.frame <= e.last;
      });
      if (found != task->second.end()) episode = &*found;
    }
    if (episode == nullptr || episode->alarm_frame != post.frame) {
      ++verdict_.wrong;
      tell(fmt::format("wrong: {} {} at frame {}{}", post.task, label, post.frame,
                       episode == nullptr ? "" : fmt::format(", expected at {}", episode->alarm_frame)));
    }
    if (episode == nullptr) return;
    const auto [by, is_first] = decided_by_.emplace(std::pair(post.task, *episode), post.id);
    if (is_first) return;
    ++verdict_.decided_twice;
    tell(fmt::format("decided twice: {} and {}", by->second, post.id));
  }

  void tell(const std::string& what) {
    if (told_++ < kMostDetails) verdict_.details += what + "\n";
  }

  const std::map<std::string, std::vector<Episode>>& expected_;
  const std::vector<Doubt>& doubts_;
  std::map<std::string, Posted> taken_;                                // by id; `at` of the latest
  std::map<std::pair<std::string, Episode>, std::string> decided_by_;  // task and episode to alarm id
  std::size_t told_ = 0;
  Verdict verdict_;
};

}  // namespace

Verdict judge(const std::map<std::string, std::vector<Episode>>& expected, const std::vector<Posted>& posts,
              const std::vector<Doubt>& doubts) {
  Judge judging(expected, doubts);
  for (const Posted& post : posts) judging.take(post);
  return judging.end();
}

}  // namespace stream::faults
