#include "stream/manifest/mapping.hpp"

#include <cmath>

#include "stream/manifest/logic_part.hpp"

namespace stream::manifest {
namespace {

using nlohmann::json;

// A place in the request with one algorithm, as the sender of the whole request knows it.
std::string place_in_request(const std::string& path, std::size_t index) {
  constexpr std::string_view kAlgorithm = "/Algorithm";
  if (!path.starts_with(kAlgorithm)) return path;
  return fmt::format("{}/{}{}", kAlgorithm, index, path.substr(kAlgorithm.size()));
}

json whole(double number) {
  return static_cast<std::int64_t>(std::llround(number));
}

// A bound as it is written: 1, not 1.0.
json bound(double number) {
  return number == std::trunc(number) ? whole(number) : json(number);
}

json ranged(const JsonReader& value, json number, const MappingEntry& entry) {
  const double size = number.get<double>();
  const bool below = entry.min && size < *entry.min;
  const bool above = entry.max && size > *entry.max;
  if (!below && !above) return number;
  if (!entry.refuse_outside) return bound(below ? *entry.min : *entry.max);
  std::string expected = "a number";
  if (entry.min) expected += fmt::format(" of at least {}", *entry.min);
  if (entry.max) expected += fmt::format("{} at most {}", entry.min ? " and" : " of", *entry.max);
  value.complain(expected);
  return number;
}

// Scaling, rounding and range, for numbers.
json measured(const JsonReader& value, json number, const MappingEntry& entry) {
  const bool is_measured = entry.scale != 1 || entry.min || entry.max || entry.convert == Conversion::kRound;
  if (!is_measured) return number;
  if (!number.is_number()) {
    value.complain("a number");
    return number;
  }
  if (entry.scale != 1) number = number.get<double>() * entry.scale;
  if (entry.convert == Conversion::kRound && number.is_number_float())
    number = std::round(number.get<double>());
  number = ranged(value, std::move(number), entry);
  // Rounded after the range, so that no number too large for an integer is made one.
  constexpr double kMostWhole = 9e15;
  if (entry.convert != Conversion::kRound || !number.is_number_float()) return number;
  if (std::abs(number.get<double>()) > kMostWhole) {
    value.complain("a smaller number");
    return number;
  }
  return whole(number.get<double>());
}

// What is to be written; empty: the task does not say it.
std::optional<json> value_of(const MappingEntry& entry, const json& task, std::size_t index,
                             std::optional<Error>& error) {
  if (entry.source == MappingSource::kValue) return entry.value;
  if (entry.source == MappingSource::kRemove) return std::nullopt;
  const auto found = entry.from.find(task);
  const bool is_list = entry.from.has_wildcard();
  if (found.empty()) return entry.fallback;
  json raw;
  if (is_list) {
    raw = json::array();
    for (const auto& one : found) raw.push_back(*one.value);
  } else {
    raw = *found.front().value;
  }
  // For errors in an element of several the path with the star must do.
  const JsonReader reader(raw, place_in_request(entry.from.text(), index), error);
  auto value = converted(reader, entry.convert, is_list);
  if (!value) return entry.fallback;
  return measured(reader, *std::move(value), entry);
}

bool holds(const Condition& condition, const json& task, const json& file) {
  const auto found = condition.place.find(condition.of_task ? task : file);
  const json* value = found.empty() ? nullptr : found.front().value;
  if (condition.exists && *condition.exists != (value != nullptr)) return false;
  if (condition.equals && (value == nullptr ? !condition.equals->is_null() : *value != *condition.equals))
    return false;
  if (!condition.min && !condition.max) return true;
  if (value == nullptr || !value->is_number()) return false;
  const double number = value->get<double>();
  return (!condition.min || number >= *condition.min) && (!condition.max || number <= *condition.max);
}

// One threshold for thresholds by class: those below it are raised, those above it stay, so that a class
// that the sample has shut off does not come back.
json raised(json by_class, const json& least) {
  for (json& one : by_class) {
    if (one.is_number() && one < least) one = least;
  }
  return by_class;
}

Status assign_threshold(const JsonPath& at, const json& threshold, json& file) {
  const json before = file;
  if (auto done = at.assign(file, threshold); !done) return done;
  for (const auto& found : at.find(before)) {
    if (!found.value->is_object()) continue;
    const auto place = JsonPath::parse(found.path);
    if (!place) return tl::unexpected(place.error());
    if (auto done = place->assign(file, raised(*found.value, threshold)); !done) return done;
  }
  return {};
}

Status apply(const MappingEntry& entry, const json& task, const std::optional<json>& value, json& file) {
  for (const Condition& condition : entry.when) {
    if (!holds(condition, task, file)) return {};
  }
  if (value && entry.convert == Conversion::kThreshold) return assign_threshold(entry.at, *value, file);
  if (value) return entry.at.assign(file, *value);
  if (entry.source == MappingSource::kRemove || entry.remove_when_absent) entry.at.erase(file);
  return {};
}

// Whether it is made of px of the picture on which it was drawn, for a file that means px of the frame.
bool is_drawn_for_a_file(const MappingEntry& entry) {
  switch (entry.convert) {
    case Conversion::kBoundingRect:
    case Conversion::kPolygons:
    case Conversion::kAreas:
    case Conversion::kLines:
    case Conversion::kDirectedLines:
      return entry.to != kLogicRole;
    default:
      return false;
  }
}

// Then nobody knows what it is in px of the frame: how large frames are is seen when they come.
Result<bool> is_drawn_elsewhere(const Algorithm& algorithm, const json& request, std::size_t index) {
  const auto logic = resolve_logic(algorithm, request, index);
  if (!logic) return tl::unexpected(logic.error());
  const auto picture = logic->at("rules").find("drawn_on");
  return picture != logic->at("rules").end() && !picture->is_null();
}

// What one algorithm of a task is mapped from.
struct Source {
  const Algorithm& algorithm;
  const json& request;
  std::size_t index = 0;
  json task = with_one_algorithm(request, index);
};

Status apply_entry(const Source& source, std::size_t number, const MappingTargets& targets) {
  const auto& [algorithm, request, index, task] = source;
  const MappingEntry& entry = algorithm.mapping[number];
  const auto role = targets.find(entry.to);
  if (role == targets.end()) return {};
  const auto told = [&source, number](Error error) {
    error.message += fmt::format(" ({}: /mapping/{})", source.algorithm.file, number);
    return error;
  };
  std::optional<Error> error;
  auto value = value_of(entry, task, index, error);
  if (error) return tl::unexpected(told(*std::move(error)));
  if (value && is_drawn_for_a_file(entry)) {
    const auto elsewhere = is_drawn_elsewhere(algorithm, request, index);
    if (!elsewhere) return tl::unexpected(elsewhere.error());
    if (*elsewhere) value = entry.fallback;
  }
  for (const MappingTarget& target : role->second) {
    if (auto done = apply(entry, task, value, *target.content); !done) {
      return tl::unexpected(told(std::move(done.error()).within(target.file)));
    }
  }
  return {};
}

json extend_rules(const json& task) {
  const auto found = JsonPath::parse("/Algorithm/Extend/Rules").value().find(task);
  return found.empty() ? json::object() : *found.front().value;
}

}  // namespace

json with_one_algorithm(const json& request, std::size_t index) {
  json task = request;
  task["Algorithm"] = json(request.at("Algorithm").at(index));
  return task;
}

Status apply_mapping(const Algorithm& algorithm, const json& request, std::size_t index,
                     const MappingTargets& targets) {
  const Source source{algorithm, request, index};
  for (std::size_t i = 0; i < algorithm.mapping.size(); ++i) {
    if (auto done = apply_entry(source, i, targets); !done) return done;
  }
  return {};
}

Result<json> resolve_logic(const Algorithm& algorithm, const json& request, std::size_t index) {
  const Source source{algorithm, request, index};
  const json patch = extend_rules(source.task);
  json logic = algorithm.logic;
  std::optional<Error> error;
  const std::string place = fmt::format("/Algorithm/{}/Extend/Rules", index);
  JsonReader(patch, place, error).expect_object();
  if (!error) {
    logic["rules"].merge_patch(patch);
    read_rules(JsonReader(logic["rules"], place, error));
  }
  if (error) return tl::unexpected(*error);
  // What the task says of rules is said again after each entry: none takes it back, and the conditions of
  // those that follow see what holds.
  const MappingTargets targets = {{kLogicRole, {{kLogicRole, &logic}}}};
  for (std::size_t i = 0; i < algorithm.mapping.size(); ++i) {
    if (auto done = apply_entry(source, i, targets); !done) return tl::unexpected(done.error());
    logic["rules"].merge_patch(patch);
  }
  read_logic_part(JsonReader(logic, error));
  if (error) {
    error->message += fmt::format(" (by the mapping of {})", algorithm.file);
    return tl::unexpected(*error);
  }
  return logic;
}

}  // namespace stream::manifest
