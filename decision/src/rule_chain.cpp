#include "rule_chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "stream/common/assert.hpp"

namespace stream::decision {
namespace {

constexpr std::size_t kScoresKept = 31;
// How often all of the memory is looked through. Seldom enough to cost a frame next to nothing.
constexpr std::uint64_t kFramesBetweenSweeps = 256;

std::string identity_of(const RuleSpec& spec) {
  return spec.identity == Identity::kKey ? "key" : fmt::format("iou {}", spec.iou_min);
}

std::string drawing_of(const RuleSpec& spec) {
  auto text = fmt::format("{} {}x{}", static_cast<int>(spec.anchor), spec.drawn.width, spec.drawn.height);
  for (const auto& [start, end, direction_start, direction_end] : spec.lines) {
    text += fmt::format(" {},{}-{},{}", start.x, start.y, end.x, end.y);
  }
  return text;
}

std::vector<std::pair<std::size_t, Line>> lines_of(const RuleSpec& spec) {
  std::vector<std::pair<std::size_t, Line>> lines;
  for (std::size_t i = 0; i < spec.lines.size(); ++i) {
    if (auto line = Line::from(spec.lines[i], spec.hysteresis_px)) lines.emplace_back(i, *line);
  }
  return lines;
}

void forget_path(RememberedObject& object) {
  object.has_path = false;
  object.last_x = object.last_y = 0;
  object.sides.clear();
}

}  // namespace

Result<RuleChain> RuleChain::make(RuleSpec spec, CustomStage custom) {
  if (auto status = check(spec); !status) return tl::unexpected(std::move(status.error()));
  std::optional<Schedule> schedule;
  if (spec.schedule) {
    auto made = Schedule::from(*spec.schedule);
    if (!made) return tl::unexpected(std::move(made.error()).within("schedule"));
    schedule = *std::move(made);
  }
  return RuleChain(std::move(spec), std::move(schedule), std::move(custom));
}

RuleChain::RuleChain(RuleSpec spec, std::optional<Schedule> schedule, CustomStage custom)
    : spec_(std::move(spec)),
      schedule_(std::move(schedule)),
      custom_(std::move(custom)),
      areas_(spec_.areas, spec_.min_overlap),
      lines_(lines_of(spec_)),
      follows_all_(!lines_.empty() || spec_.scores),
      memory_(spec_.max_objects),
      iou_({spec_.iou_min, spec_.out_frames, spec_.max_objects}) {}

std::vector<ObjectAlarm> RuleChain::next_frame(const FrameView& frame, std::vector<Verdict>* why) {
  begin_frame(frame);
  identify(frame);
  see(frame);
  std::vector<ObjectAlarm> alarms;
  for (std::size_t i = 0; i < sights_.size(); ++i) {
    auto& sight = sights_[i];
    const auto stopped_by = judge(frame, i, why != nullptr);
    if (!stopped_by) {
      const auto& object = *sight.object;
      std::optional<std::size_t> line;
      if (object.crossed > 0) line = object.crossed - 1;
      alarms.push_back({i, std::string(sight.key), time_.running_us - object.first_counted_us, object.away_us,
                        sight.count, sight.area, line, sight.custom.found});
    }
    if (why != nullptr) {
      why->push_back({i, std::string(sight.key), frame.frame_id, stopped_by, text_of(frame, i, stopped_by)});
      if (stopped_by == RuleId::kCustom) why->back().custom = custom_.counts()[*sight.custom.stopped_by].name;
    }
    // Crossings are used up only now, so that text and alarm can name them.
    if (!stopped_by || stopped_by == RuleId::kAlarmInterval) sight.object->crossed = 0;
  }
  return alarms;
}

void RuleChain::begin_frame(const FrameView& frame) {
  const auto before = now_;
  now_ += frames_since_last(frame.frame_id);
  last_frame_id_ = frame.frame_id;
  time_ = next_frame_time(clock_, frame.timestamp_us, frame.received_us);
  while (!memory_.empty() && is_forgotten(memory_.oldest())) {
    custom_.forget(memory_.oldest().key);
    memory_.remove_oldest();
  }
  // By the number of the frame, so that one that goes on from a saved memory sweeps in the same frames.
  if (before / kFramesBetweenSweeps != now_ / kFramesBetweenSweeps) forget_those_behind_quiet_ones();
}

void RuleChain::forget_those_behind_quiet_ones() {
  memory_.remove_if([&](const RememberedObject& object) {
    if (!is_forgotten(object)) return false;
    custom_.forget(object.key);
    return true;
  });
}

std::uint64_t RuleChain::frames_since_last(std::int64_t frame_id) const {
  if (now_ == 0 || frame_id <= last_frame_id_) return 1;
  const auto ids = static_cast<std::uint64_t>(frame_id) - static_cast<std::uint64_t>(last_frame_id_);
  const auto frames = ids / static_cast<std::uint64_t>(spec_.sample_interval);
  // A longer gap changes no more than one that outlasts every rule, and kept short it cannot overflow.
  const auto longest = std::max({spec_.out_frames, spec_.track_interval, spec_.alarm_interval});
  return std::clamp<std::uint64_t>(frames, 1, longest + 1);
}

bool RuleChain::is_gone(std::uint64_t last_frame, std::int64_t last_us) const {
  if (now_ - last_frame <= spec_.out_frames) return false;
  return spec_.leave_us == 0 || time_.running_us - last_us > spec_.leave_us;
}

bool RuleChain::is_quiet(const RememberedObject& object) const {
  return object.alarmed_at > 0 && now_ - object.alarmed_at < spec_.alarm_interval;
}

bool RuleChain::is_forgotten(const RememberedObject& object) const {
  return is_gone(object.last_present, object.last_present_us) && !is_quiet(object);
}

// Gives every object of the frame its key.
void RuleChain::identify(const FrameView& frame) {
  sights_.assign(frame.objects.size(), {});
  if (spec_.identity == Identity::kKey) {
    for (std::size_t i = 0; i < sights_.size(); ++i) sights_[i].key = frame.objects[i].key;
    if (!lines_.empty()) find_repeated_keys();
    return;
  }
  std::vector<ClassedBox> boxes;
  boxes.reserve(frame.objects.size());
  for (const auto& object : frame.objects) boxes.push_back({object.class_id, object.box});
  const auto ids = iou_.next_frame(now_, boxes, [this](std::uint64_t id) { return claim_of(id); });
  iou_keys_.clear();
  for (const auto id : ids) iou_keys_.push_back(id == 0 ? std::string() : std::to_string(id));
  for (std::size_t i = 0; i < sights_.size(); ++i) sights_[i].key = iou_keys_[i];
}

// Somebody else who appears at a place that is quiet only alarms later. But a crossing cannot wait, it would
// be given up: so with lines nobody has a claim to his place only to be quiet.
Claim RuleChain::claim_of(std::uint64_t id) const {
  const auto* object = memory_.find(std::to_string(id));
  if (object == nullptr) return Claim::kNone;
  if (!is_gone(object->last_present, object->last_present_us)) return Claim::kStays;
  return lines_.empty() && is_quiet(*object) ? Claim::kQuiet : Claim::kNone;
}

void RuleChain::find_repeated_keys() {
  std::vector<std::pair<std::string_view, std::size_t>> keys;
  for (std::size_t i = 0; i < sights_.size(); ++i) keys.emplace_back(sights_[i].key, i);
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (keys[i - 1].first != keys[i].first) continue;
    sights_[keys[i - 1].second].key_is_unique = false;
    sights_[keys[i].second].key_is_unique = false;
  }
}

// Says which objects count in this frame.
void RuleChain::see(const FrameView& frame) {
  for (std::size_t i = 0; i < sights_.size(); ++i) {
    auto& sight = sights_[i];
    const auto& object = frame.objects[i];
    if (object.box) sight.place = place_of(*object.box, spec_.anchor, frame.size, spec_.drawn);
    sight.stopped_by = stopped_before_count(frame, object, sight);
  }
  see_counts();
}

std::optional<RuleId> RuleChain::stopped_before_count(const FrameView& frame, const ObjectView& object,
                                                      Sight& sight) {
  if (schedule_ && !passes(RuleId::kSchedule, schedule_->is_open(time_.wall_us))) return RuleId::kSchedule;
  if (spec_.classes) {
    const bool is_wanted = std::ranges::find(*spec_.classes, object.class_id) != spec_.classes->end();
    if (!passes(RuleId::kClass, is_wanted)) return RuleId::kClass;
  }
  if (spec_.size) {
    const auto& [min_px, max_px] = *spec_.size;
    const bool fits = object.box && std::min(object.box->width, object.box->height) >= min_px &&
                      (max_px == 0 || std::max(object.box->width, object.box->height) <= max_px);
    if (!passes(RuleId::kSize, fits)) return RuleId::kSize;
  }
  if (areas_.empty()) return std::nullopt;
  sight.areas = sight.place ? areas_.holding(*sight.place) : areas_.holding_all(frame.size, spec_.drawn);
  if (!passes(RuleId::kArea, sight.areas != 0)) return RuleId::kArea;
  return std::nullopt;
}

// Counts what is in each area, whether it has a key or not, and asks for enough of it.
void RuleChain::see_counts() {
  std::array<std::uint32_t, kMostAreas> in_area{};
  std::uint32_t in_frame = 0;
  for (const auto& sight : sights_) {
    if (sight.stopped_by) continue;
    ++in_frame;
    for (std::size_t a = 0; a < kMostAreas; ++a) in_area[a] += (sight.areas >> a) & 1U;
  }
  for (auto& sight : sights_) {
    if (sight.stopped_by) continue;
    sight.count = in_frame;
    if (sight.areas != 0) {
      // Of the areas that it is in, the first that holds enough; the first, when none does.
      std::optional<std::size_t> first, enough;
      for (std::size_t a = kMostAreas; a-- > 0;) {
        if (((sight.areas >> a) & 1U) == 0) continue;
        first = a;
        if (in_area[a] >= spec_.min_count) enough = a;
      }
      sight.area = enough ? enough : first;
      sight.count = in_area[*sight.area];
    }
    if (spec_.min_count > 1 && !passes(RuleId::kCount, sight.count >= spec_.min_count)) {
      sight.stopped_by = RuleId::kCount;
    }
  }
}

// What stops the object from alarming now; empty: it alarms, and is charged.
std::optional<RuleId> RuleChain::judge(const FrameView& frame, std::size_t i, bool explain) {
  const auto& seen = frame.objects[i];
  auto& sight = sights_[i];
  // What need not be followed takes no memory before it counts.
  if (sight.stopped_by && (!follows_all_ || sight.key.empty())) return sight.stopped_by;
  if (sight.key.empty()) {
    passes(RuleId::kIdentity, false);
    return RuleId::kIdentity;
  }
  make_room_for(sight.key);
  auto& object = memory_.touch(sight.key);
  sight.object = &object;
  if (follows_all_) follow(object, seen, sight);
  if (sight.stopped_by) return sight.stopped_by;
  if (!passes(RuleId::kIdentity, object.last_counted != now_)) return RuleId::kIdentity;
  count_in(object);
  if (sight.crossing == Crossing::kWanted) object.crossed = static_cast<std::uint32_t>(sight.line) + 1;
  if (!custom_.empty()) sight.custom = ask_own_rules(frame, i, explain);

  if (!passes(RuleId::kSeen, object.seen >= spec_.in_frames)) return RuleId::kSeen;
  if (spec_.track_interval > 1 &&
      !passes(RuleId::kTrackInterval, now_ - object.first_counted + 1 >= spec_.track_interval)) {
    return RuleId::kTrackInterval;
  }
  if (spec_.scores &&
      // As exactly as the scores are known: 0.7 is at least 0.7.
      !passes(RuleId::kScore, median_score(object) >= static_cast<float>(score_limit(seen.class_id)))) {
    return RuleId::kScore;
  }
  if (spec_.stay_us > 0 &&
      !passes(RuleId::kStay, time_.running_us - object.first_counted_us >= spec_.stay_us)) {
    return RuleId::kStay;
  }
  if (!custom_.empty() && !custom_.passes(sight.custom)) return RuleId::kCustom;
  const auto trigger = lines_.empty() ? RuleId::kOnce : RuleId::kLine;
  if (!passes(trigger, lines_.empty() ? !object.alarmed : object.crossed > 0)) return trigger;
  if (spec_.alarm_interval > 0 && !passes(RuleId::kAlarmInterval, !is_quiet(object))) {
    return RuleId::kAlarmInterval;
  }
  object.alarmed = true;
  object.alarmed_at = spec_.alarm_interval > 0 ? now_ : 0;
  return std::nullopt;
}

// Says good-bye to the object that goes because of a new one.
void RuleChain::make_room_for(std::string_view key) {
  if (custom_.empty() || memory_.size() < spec_.max_objects || memory_.contains(key)) return;
  custom_.forget(memory_.oldest().key);
}

CustomStage::Outcome RuleChain::ask_own_rules(const FrameView& frame, std::size_t i, bool explain) {
  STREAM_ASSERT(frame.message != nullptr, "a rule of one's own without a frame to look at");
  const auto& object = *sights_[i].object;
  const auto& seen = frame.objects[i];
  return custom_.judge({i, sights_[i].key, seen.box, seen.class_id, seen.score, object.seen,
                        time_.running_us - object.first_counted_us},
                       {*frame.message, time_.running_us, explain});
}

// What is remembered of an object whether it counts or not.
void RuleChain::follow(RememberedObject& object, const ObjectView& seen, Sight& sight) const {
  if (object.last_present == now_) return;  // its key is there twice: its path has ended already
  if (object.last_present > 0 && is_gone(object.last_present, object.last_present_us)) {
    object.scores.clear();
    forget_path(object);
  }
  object.last_present = now_;
  object.last_present_us = time_.running_us;
  if (spec_.scores) {
    if (object.scores.size() == kScoresKept) object.scores.erase(object.scores.begin());
    object.scores.push_back(std::isfinite(seen.score) ? seen.score : 0);
  }
  if (!lines_.empty()) follow_path(object, sight);
}

void RuleChain::follow_path(RememberedObject& object, Sight& sight) const {
  if (!sight.key_is_unique) {
    forget_path(object);
    return;
  }
  if (!sight.place) return;
  object.sides.resize(spec_.lines.size());
  std::optional<Point> last;
  if (object.has_path) last = Point{object.last_x, object.last_y};
  for (const auto& [number, line] : lines_) {
    const auto crossing = line.follow(object.sides[number], last, sight.place->anchor);
    // Of several in one frame the first that is wanted speaks for them.
    if (crossing == Crossing::kNone || sight.crossing == Crossing::kWanted) continue;
    sight.crossing = crossing;
    sight.line = number;
  }
  object.has_path = true;
  object.last_x = sight.place->anchor.x;
  object.last_y = sight.place->anchor.y;
}

void RuleChain::count_in(RememberedObject& object) {
  if (object.seen > 0 && is_gone(object.last_counted, object.last_counted_us)) {
    object.seen = 0;
    object.away_us = 0;
    object.alarmed = false;
    object.crossed = 0;
    custom_.forget(object.key);
  }
  if (object.seen == 0) {
    object.first_counted = now_;
    object.first_counted_us = time_.running_us;
  } else if (now_ - object.last_counted > 1) {
    object.away_us += time_.running_us - object.last_counted_us;
  }
  ++object.seen;
  object.last_counted = object.last_present = now_;
  object.last_counted_us = object.last_present_us = time_.running_us;
}

float RuleChain::median_score(const RememberedObject& object) const {
  auto scores = object.scores;
  if (scores.empty()) return 0;
  const auto middle = scores.begin() + static_cast<std::ptrdiff_t>((scores.size() - 1) / 2);
  std::nth_element(scores.begin(), middle, scores.end());
  return *middle;
}

double RuleChain::score_limit(std::int32_t class_id) const {
  const auto own = spec_.scores->by_class.find(class_id);
  return own == spec_.scores->by_class.end() ? spec_.scores->others : own->second;
}

bool RuleChain::passes(RuleId rule, bool passed) {
  auto& count = counts_[static_cast<std::size_t>(rule)];
  ++(passed ? count.passed : count.stopped);
  return passed;
}

RuleState RuleChain::save() {
  const auto& objects = memory_.objects();
  return {
      identity_of(spec_), drawing_of(spec_), clock_, last_frame_id_, now_, {objects.begin(), objects.end()},
      iou_.state(),       custom_.save()};
}

void RuleChain::restore(RuleState state) {
  clock_ = state.clock;
  clock_.running_us = std::max<std::int64_t>(clock_.running_us, 0);
  last_frame_id_ = state.last_frame_id;
  now_ = state.frame_count;
  memory_.clear();
  if (state.identity != identity_of(spec_)) {
    iou_.restore({state.iou.last_id, {}});
    return;
  }
  for (auto& tracked : state.iou.objects) tracked.last_frame = std::min(tracked.last_frame, now_);
  iou_.restore(std::move(state.iou));
  custom_.restore(state.custom);

  const bool drawing_holds = state.drawing == drawing_of(spec_);
  std::stable_sort(state.objects.begin(), state.objects.end(),
                   [](const auto& a, const auto& b) { return a.last_present < b.last_present; });
  for (auto& saved : state.objects) {
    if (saved.key.empty() || memory_.contains(saved.key)) continue;
    for (auto* frame : {&saved.last_present, &saved.first_counted, &saved.last_counted, &saved.alarmed_at}) {
      *frame = std::min(*frame, now_);
    }
    for (auto* time : {&saved.last_present_us, &saved.first_counted_us, &saved.last_counted_us}) {
      *time = std::clamp<std::int64_t>(*time, 0, clock_.running_us);
    }
    saved.first_counted_us = std::min(saved.first_counted_us, saved.last_counted_us);
    saved.away_us =
        std::clamp<std::int64_t>(saved.away_us, 0, saved.last_counted_us - saved.first_counted_us);
    if (saved.scores.size() > kScoresKept)
      saved.scores.erase(saved.scores.begin(), saved.scores.end() - kScoresKept);
    if (!drawing_holds || !std::isfinite(saved.last_x) || !std::isfinite(saved.last_y)) {
      forget_path(saved);
      saved.crossed = 0;
    }
    if (saved.crossed > spec_.lines.size()) saved.crossed = 0;
    make_room_for(saved.key);
    memory_.add(std::move(saved));
  }
}

}  // namespace stream::decision
