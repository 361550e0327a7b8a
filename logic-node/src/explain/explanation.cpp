#include "explanation.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace stream::logic {
namespace {

using decision::Verdict;
using nlohmann::json;

// How far it got: the rules in their order, an alarm beyond all of them.
std::size_t reach(const Verdict& verdict) {
  return verdict.stopped_by ? static_cast<std::size_t>(*verdict.stopped_by) : decision::kRules;
}

template <class Values>
std::uint64_t keep_last(Values& values, std::size_t most) {
  std::uint64_t dropped = 0;
  for (; values.size() > most; ++dropped) values.pop_front();
  return dropped;
}

json stamp(const std::optional<FrameStamp>& frame) {
  if (!frame) return nullptr;
  return {{"frame", frame->frame_id}, {"unix_ms", frame->received_us / 1000}};
}

// As in the metrics.
std::string rule_name(decision::RuleId rule, const std::string& custom) {
  return rule == decision::RuleId::kCustom ? "custom/" + custom : std::string(name_of(rule));
}

json rule_json(const std::string& name, const decision::RuleCount& objects) {
  return {{"rule", name}, {"passed", objects.passed}, {"stopped", objects.stopped}};
}

json rules_json(const Explanation& explanation) {
  json rules = json::array();
  for (std::size_t i = 0; i < decision::kRules; ++i) {
    const auto rule = static_cast<decision::RuleId>(i);
    if (rule == decision::RuleId::kCustom) {
      for (const auto& own : explanation.custom) {
        if (own.objects != decision::RuleCount{}) {
          rules.push_back(rule_json(rule_name(rule, own.name), own.objects));
        }
      }
      continue;
    }
    const auto& objects = explanation.rules.at(i);
    if (objects != decision::RuleCount{}) rules.push_back(rule_json(rule_name(rule, {}), objects));
  }
  return rules;
}

json change_json(const VerdictChange& change) {
  json stopped_by;
  if (change.stopped_by) stopped_by = rule_name(*change.stopped_by, change.custom);
  return {{"stopped_by", std::move(stopped_by)},
          {"first", stamp(change.first)},
          {"last", stamp(change.last)},
          {"frames", change.frames},
          {"text", change.text}};
}

json object_json(const ExplainedObject& object) {
  json changes = json::array();
  for (const auto& change : object.changes) changes.push_back(change_json(change));
  return {{"key", object.key},
          {"frames", object.frames},
          {"first", stamp(object.first)},
          {"last", stamp(object.last)},
          {"alarms", object.alarms},
          {"alarm_frames", object.alarm_frames},
          {"changes", std::move(changes)},
          {"changes_left_out", object.changes_left_out}};
}

}  // namespace

void ExplanationMaker::add(const FrameStamp& frame, const std::vector<Verdict>& verdicts) {
  ++explanation_.frames;
  if (verdicts.empty()) ++explanation_.frames_without_objects;
  if (!explanation_.first) explanation_.first = frame;
  explanation_.last = frame;

  std::map<std::string_view, const Verdict*> furthest;
  for (const Verdict& verdict : verdicts) {
    const auto [known, is_first] = furthest.try_emplace(verdict.key, &verdict);
    if (!is_first && reach(verdict) > reach(*known->second)) known->second = &verdict;
  }
  // Who is known goes first, so that nobody who is new takes the place of one who is there as well.
  for (ExplainedObject& object : explanation_.objects) {
    const auto seen = furthest.find(object.key);
    if (seen == furthest.end()) continue;
    add_to(object, frame, *seen->second);
    furthest.erase(seen);
  }
  for (const auto& [key, verdict] : furthest) add_to(new_object(verdict->key, frame), frame, *verdict);
}

void ExplanationMaker::add_to(ExplainedObject& seen, const FrameStamp& frame, const Verdict& verdict) const {
  ++seen.frames;
  seen.last = frame;
  if (!verdict.stopped_by) {
    ++seen.alarms;
    seen.alarm_frames.push_back(frame.frame_id);
    keep_last(seen.alarm_frames, limits_.alarms);
  }
  const auto is_same = [&](const VerdictChange& change) {
    return change.stopped_by == verdict.stopped_by && change.custom == verdict.custom;
  };
  if (seen.changes.empty() || !is_same(seen.changes.back())) {
    seen.changes.push_back({verdict.stopped_by, frame, frame, 0, {}, verdict.custom});
    seen.changes_left_out += keep_last(seen.changes, limits_.changes);
  }
  auto& change = seen.changes.back();
  ++change.frames;
  change.last = frame;
  change.text = verdict.text;
}

// It takes the place of the one that was not in a frame for longest.
ExplainedObject& ExplanationMaker::new_object(const std::string& key, const FrameStamp& frame) {
  auto& objects = explanation_.objects;
  if (objects.size() == limits_.objects) {
    objects.erase(std::min_element(objects.begin(), objects.end(), [](const auto& a, const auto& b) {
      return a.last.received_us < b.last.received_us;
    }));
    ++explanation_.objects_left_out;
  }
  ExplainedObject made;
  made.key = key;
  made.first = frame;
  return objects.emplace_back(std::move(made));
}

Explanation ExplanationMaker::take() {
  return std::exchange(explanation_, {});
}

json to_json(const Explanation& explanation) {
  json objects = json::array();
  for (const auto& object : explanation.objects) objects.push_back(object_json(object));
  json known_from;
  if (explanation.memory_known_from) known_from = *explanation.memory_known_from;
  return {{"complete", explanation.complete},
          {"memory_known_from", std::move(known_from)},
          {"notes", explanation.notes},
          {"frames",
           {{"count", explanation.frames},
            {"without_objects", explanation.frames_without_objects},
            {"first", stamp(explanation.first)},
            {"last", stamp(explanation.last)}}},
          {"newest", stamp(explanation.newest)},
          {"rules", rules_json(explanation)},
          {"objects", std::move(objects)},
          {"objects_left_out", explanation.objects_left_out}};
}

}  // namespace stream::logic
