// The cameras of a stream process that several tasks share: what the process must be told next, and who is
// better off with a process of its own. Decisions only; the clock is passed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "stream/manifest/channel_config.hpp"

namespace stream::api {

struct ChannelPlanOptions {
  std::chrono::milliseconds alive_within{
      15000};  // of being told of it, a camera shows video; else it is given up
  std::chrono::milliseconds settles{
      3000};  // a camera's last frames come so much later; its id is kept until then
  std::chrono::milliseconds retry{500};         // a request that was not answered comes again
  std::chrono::milliseconds deaf_after{30000};  // a process that cannot be told to drop a camera is restarted
  std::chrono::milliseconds first_video{
      60000};  // from the start of a process to its first video; cameras open meanwhile
};

// What became of a request.
enum class TellResult {
  kTaken,       // the process said so, which proves nothing
  kRefused,     // it said no
  kNotReached,  // nobody listens
  kUnknown,     // it was sent, no answer came
};

// All cameras of one process over its whole life, restarts included. A process says yes to everything and
// does it later, or never: only video proves that a camera plays.
// - It listens before its model is loaded, and what it is told then is lost: so it is told nothing before it
// has
//   shown video, or has had first_video for that.
// - It takes one camera after the other, and one that is slow to open holds up those behind it. Their time to
//   show video begins anew whenever it has gone on, and is longer by first_video behind one that shows none.
// - What it was started with it tries for ever. When all of that stays dark, the first may hold up the
// others:
//   in the next process it comes last.
// Confined to one thread.
class ChannelPlan {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Id = std::int32_t;
  using Channel = manifest::ChannelConfig;

  enum class Action {
    kNone,
    kAdd,      // tell the process to take `channel`; answer with on_told()
    kDrop,     // tell the process to drop `channel`; answer with on_told()
    kGiveUp,   // `channel` must be played elsewhere; it is not in playlist() any more
    kRestart,  // the process does not listen any more; said once
  };
  struct Step {
    Action action = Action::kNone;
    Channel channel{};
    std::string why{};
  };

  explicit ChannelPlan(const ChannelPlanOptions& options) : options_(options) {}

  // `channel` is to be played. One of the same id that differs is dropped first.
  void want(const Channel& channel);
  void unwant(TimePoint now, Id id);

  // The process was started with playlist().
  void on_started(TimePoint now);
  // The process was found playing these.
  void on_adopted(TimePoint now, const std::vector<Channel>& playing);
  void on_ended(TimePoint now);
  // Of the last kAdd or kDrop; nothing when the process has ended since.
  void on_told(TimePoint now, TellResult result);
  // A sign of video of it, of the present process.
  void on_video(TimePoint now, Id id);
  // Video could not be seen, for a reason of ours.
  void on_hindered(TimePoint now) { prove_next(now); }
  // The process is to drop it, and to be told of it again at `until`. It is not given up for showing no video
  // then. Nothing when it is not in the process as it is wanted.
  void rest(Id id, TimePoint until);

  // What is to be done. `may_add`: who takes its frames knows it already. `may_drop`: all that is wanted is
  // known.
  Step next(TimePoint now, const std::function<bool(Id)>& may_add, bool may_drop);

  // What a process would be started with, in this order: all that is wanted and not given up.
  std::vector<Channel> playlist() const;
  // What the present process plays as far as it was told.
  std::vector<Channel> playing() const;
  // Ids that must not be given to another camera.
  std::set<Id> busy(TimePoint now) const;
  // As it is wanted; null: it is not.
  const Channel* wanted(Id id) const;
  // The process plays it, or may do so.
  bool is_inside(Id id) const;
  // The process was told of it, or was started with it, as it is wanted.
  bool is_told(Id id) const;
  // rest() is under way.
  bool is_resting(Id id) const;

 private:
  struct Entry {
    std::optional<Channel> wanted, inside;
    bool given_up = false;
    bool from_start = false;                  // what is inside was not added
    bool trusted = false;                     // a process was started with it, as it is wanted
    bool seen = false;                        // video of it, as it is wanted, of any process
    bool live = false;                        // video of it, of this stay in the process
    bool refused = false;                     // when it was added
    std::uint64_t order = 0;                  // in which the process takes what is inside
    std::uint64_t rank = 0;                   // in a playlist; then by id
    TimePoint told_at{};                      // its time to show video runs from here
    std::optional<TimePoint> trying_since{};  // to tell, in vain
    std::optional<TimePoint> settled_at{};    // its id is free from then on
    std::optional<TimePoint> rests_until{};
    bool is_wanted() const { return wanted && !given_up; }
    bool is_to_go() const { return inside && (rests_until || !(is_wanted() && *wanted == *inside)); }
    bool is_to_come(TimePoint now) const {
      return is_wanted() && !inside && (!rests_until || now >= *rests_until);
    }
    bool is_unproven() const { return is_wanted() && inside == wanted && !trusted && !seen; }
    void forget_life() {
      trusted = seen = false;
      rests_until.reset();
    }
  };

  void begin(TimePoint now);
  bool may_be_told(TimePoint now) const;
  Step drop_one(TimePoint now);
  Step add_one(TimePoint now, const std::function<bool(Id)>& may_add);
  Step give_up_one(TimePoint now);
  std::string why_given_up(const Entry& entry, TimePoint now) const;
  void prove_next(TimePoint now);
  bool is_held_up(const Entry& entry) const;
  void put_last_what_may_block(TimePoint now);
  void forget_settled(TimePoint now);
  void put_inside(Entry& entry, const Channel& channel, TimePoint now);
  void take_out(Entry& entry, TimePoint now);

  const ChannelPlanOptions options_;
  std::map<Id, Entry> entries_;
  std::uint64_t last_order_ = 0, last_rank_ = 0;
  // Of the process.
  bool present_ = false;
  TimePoint started_at_{};
  bool showed_ = false;               // video
  bool heard_ = false;                // it has answered, or shown video: it is up
  std::uint64_t passed_ = 0;          // it has gone on beyond all of this order
  std::set<std::uint64_t> doubtful_;  // dropped before they showed video: it may still open them
  bool restart_asked_ = false;
  std::optional<Step> asked_{};  // not answered yet
  TimePoint next_try_{};
};

}  // namespace stream::api
