// One piece of work (a task's algorithm) on one node: taking it over, committing what was decided, handing it
// to the queue, letting it go.
//
// Everything stands in one KV value, OwnedState. Taking over is one compare-and-set (cas) on the revision
// that was read, so it is lease and fence at once: every later cas of the former owner fails, however long it
// slept. What is decided goes through three steps:
//   commit   one cas writes the new state and the decision in the outbox
//   enqueue  the decision goes into the durable queue, under an id that it keeps for ever
//   clear    the next save leaves it out of the outbox
// A new owner enqueues the outbox it finds before anything else. So at every moment a decision is either not
// yet committed, and then the state is the one before it and will decide it again with the same id, or
// committed, and then it will be enqueued, by whoever owns the work.
//
// A call without an answer (Unknown) may or may not have happened, and may still happen later. Then the key
// is read: owner, boot and epoch say whether it is still ours, the outbox in it says which decisions are
// committed. An older write that arrives late fails on its revision. Only the write that creates the key has
// none to fail on: it may arrive when the key has been deleted again. So each such write brings a first state
// of its own, and a key that says it is ours without our knowing is taken over like a dead node's.
//
// Pure: no clock, no thread, no bus. A driver asks next() for the one call to make, makes it, and gives the
// answer to answered(). tests/ownership runs this code against a simulated bus with every fault at every
// call.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "stream/bus/bus.hpp"
#include "stream/common/result.hpp"
#include "stream/schemas/messages.hpp"

namespace stream::ownership {

struct TenureOptions {
  std::chrono::milliseconds save_every{1000};    // a state without decisions is saved this often at most
  std::chrono::milliseconds look_again{300};     // at work that another node owns and should let go
  std::chrono::milliseconds steal_after{30000};  // from a live owner that neither saves nor lets go
  std::chrono::milliseconds look_after{10000};   // at our own work when there was nothing to write so long
  std::chrono::milliseconds repeat_first{50};    // delay after Full or Unknown; doubles up to repeat_most
  std::chrono::milliseconds repeat_most{2000};
  std::size_t most_pending = 64;  // decisions that are not in the queue yet; with more it is congested()
  std::size_t most_pending_bytes = std::size_t{8} << 20;  // their payloads: all of them go into one write
};

// What is to be done on the bus.
struct ReadState {};
struct WriteState {
  enum class Purpose { kTakeOver, kCommit, kSave, kLeave };

  bus::Revision expected = 0;
  std::optional<std::string> value;  // empty: delete the key
  Purpose purpose = Purpose::kSave;  // for tests and people
};
struct EnqueueEntry {
  OutboxEntry entry;
};
using Call = std::variant<ReadState, WriteState, EnqueueEntry>;
// What came of it: of get(), cas() and enqueue(), in that order.
using Answer = std::variant<Result<std::optional<bus::Entry>>, bus::CasResult, bus::EnqueueResult>;

// Confined to one thread at a time.
class Tenure {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Self {
    std::string node;
    std::uint64_t boot = 0;  // of our process: as in our NodeRecord
  };
  // The process of that name and boot is a live member (Placement::is_live). Called within answered().
  using IsLive = std::function<bool(std::string_view node, std::uint64_t boot)>;
  using FirstState = std::function<std::optional<std::string>()>;
  using IsIts = std::function<bool(const std::string& state)>;

  Tenure(Self self, IsLive is_live, const TenureOptions& options = {});

  // ---- what is wanted; each replaces the one before and may be repeated
  // To own it. `first_state` makes the state to begin with when there is none; empty: not yet, it is asked
  // again soon. Called within answered(), for each attempt anew. REQUIRES: no two of its states lead to the
  // same ids. A key may be missing because it was deleted with its task, of which we have not heard: so it
  // gives a state only when the task's record was read and found since it last gave none.
  void acquire(FirstState first_state);
  // To let it go, so that the next node may take it: commits what is staged and enqueues what is committed;
  // if that does not go at once it stays in the outbox for the next owner.
  void release();
  // To remove it, because its task is gone: enqueues the outbox, then deletes the key. What another node owns
  // is waited for as in acquire(). `is_its`: this state is of the task that is gone, and not of one that was
  // made since under the same id, of which we have not heard yet; empty: it always is. What is not its is let
  // alone, and let go when it is ours. Called within next() and answered(),
  // also when the task has been made anew meanwhile: it knows by value which one is gone.
  void erase(IsIts is_its = {});
  // Nothing is wanted here and nothing is left to do.
  bool idle() const;

  // ---- as long as owner()
  bool owner() const { return owner_; }
  // The work may go on from state(): we are the owner, want to be, and the outbox that was found is enqueued.
  bool ready() const { return owner_ && wish_ == Wish::kOwn && !leaving_ && inherited_ == 0; }
  // Take no more work: too many decisions are pending, or there is no room for state or decisions.
  bool congested() const {
    return full_ || pending() >= options_.most_pending || pending_bytes() >= options_.most_pending_bytes;
  }
  std::size_t pending() const { return staged_.size() + committed_.size(); }
  std::size_t pending_bytes() const;
  // Those that the key shows and that are not enqueued yet; next() enqueues them in this order. After a
  // take-over: what was found.
  const std::deque<OutboxEntry>& committed() const { return committed_; }
  // It is a live other node's, and we wait for it to be let go.
  bool is_anothers() const { return !owner_ && watched_revision_ != 0; }
  // As it was found or last staged.
  const std::string& state() const { return state_; }
  // The new state, and what was decided on the way to it, in order. REQUIRES: can_stage(), and the state was
  // made from state() in the present epoch().
  void stage(std::string state, std::vector<OutboxEntry> decided);
  // Also after release() and erase(), until their last write is on its way.
  bool can_stage() const { return owner_ && !leaving_ && inherited_ == 0; }
  // Another one each time the work becomes ours: what was made from state() in a former epoch is void, also
  // when the work was lost and taken again between two looks.
  std::uint64_t epoch() const { return epoch_; }

  // ---- the driver
  // The call to make now; answered() must follow before the next one. Empty: nothing to do at `now`.
  std::optional<Call> next(Time now);
  // REQUIRES: the answer to the last call of next().
  void answered(const Answer& answer, Time now);

  // How often the key showed that the work is another's while we thought it was ours.
  std::uint64_t times_lost() const { return times_lost_; }

 private:
  enum class Wish { kNone, kOwn, kErase };

  std::optional<Call> next_as_owner(Time now);
  std::optional<Call> next_as_other();
  Call save();
  Call leave_for_good();

  void on_read(const Result<std::optional<bus::Entry>>& result, Time now);
  void on_read_as_owner(const std::optional<bus::Entry>& entry, Time now);
  void on_read_as_other(const std::optional<bus::Entry>& entry, Time now);
  void on_written(const bus::CasResult& result, Time now);
  void on_enqueued(bus::EnqueueResult result, Time now);

  OwnedState value(std::string owner) const;
  void begin(bus::Revision revision, Time now);
  void spare_what_is_not_its(const std::string& state);
  bool giving_back() const { return taking_ && taking_->owner.empty(); }
  void take_over(OwnedState found, bus::Revision revision, std::string owner);
  void become_owner(OwnedState state, bus::Revision revision);
  void no_longer_owner();
  void repeat_later(Time now);
  void went_well();

  const Self self_;
  const IsLive is_live_;
  const TenureOptions options_;

  Wish wish_ = Wish::kNone;
  FirstState first_state_;
  IsIts is_its_;

  // The call that is out, and when the next one may come.
  bool call_is_out_ = false;
  std::size_t staged_in_write_ = 0;  // the first so many of staged_ are in it
  bool leaving_ = false;             // it gives the work up
  Time not_before_{};
  std::chrono::milliseconds delay_{};  // 0: the last call went well
  bool in_doubt_ = false;              // a write had no clear answer: read the key first
  bool full_ = false;

  // While it is another's, or nobody's.
  std::optional<OwnedState> taking_;  // to be written, or being written; without an owner: given back
  bus::Revision taking_from_ = 0;
  bus::Revision watched_revision_ = 0;  // of a live other owner
  Time watched_since_{};

  // While it is ours.
  bool owner_ = false;
  std::uint64_t epoch_ = 0;
  bus::Revision revision_ = 0;
  std::string state_;
  bool dirty_ = false;  // the key shows an older state, or an outbox that is enqueued by now
  bool write_failed_ = false;
  Time saved_at_{};
  Time seen_at_{};                     // the key was known to be ours
  std::vector<OutboxEntry> staged_;    // not committed yet
  std::deque<OutboxEntry> committed_;  // in the key's outbox, not enqueued yet
  std::size_t inherited_ = 0;          // the first so many of committed_ were found there
  std::uint64_t times_lost_ = 0;
};

}  // namespace stream::ownership
