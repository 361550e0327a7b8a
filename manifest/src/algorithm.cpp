#include "stream/manifest/algorithm.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <limits>
#include <set>

namespace stream::manifest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t kMostInt = std::numeric_limits<std::int32_t>::max();
constexpr double kMostNumber = 1e15;  // doubles hold every integer up to here

std::string read_plain_name(const JsonReader& reader) {
  std::string name = reader.string();
  if (!is_plain_name(name)) {
    reader.complain("a name of letters, digits, _, - and . that does not begin with a dot");
  }
  return name;
}

void check_note(const JsonReader& reader) {
  if (const JsonReader note = reader["note"]; !note.is_missing()) note.string();
}

std::string read_text(const JsonReader& reader) {
  std::string text = reader.string();
  if (text.empty()) reader.complain("a text that is not empty");
  return text;
}

JsonPath read_path(const JsonReader& reader) {
  auto path = JsonPath::parse(reader.string());
  if (!path) {
    reader.complain(path.error().message);
    return {};
  }
  if (path->is_root()) reader.complain("a JSON pointer such as /configure/threshold");
  return *std::move(path);
}

FileRole read_role(const JsonReader& reader, const std::string& name) {
  reader.expect_only({"elements", "optional"});
  FileRole role{name, {}, false};
  const JsonReader elements = reader["elements"];
  const std::size_t count = elements.size();
  if (count == 0) elements.complain("at least one name of an element");
  for (std::size_t i = 0; i < count; ++i) role.elements.push_back(read_text(elements[i]));
  if (const JsonReader optional = reader["optional"]; !optional.is_missing())
    role.optional = optional.boolean();
  return role;
}

std::vector<FileRole> read_roles(const JsonReader& files) {
  std::vector<FileRole> roles;
  if (files.is_missing()) return roles;
  files.expect_object();
  if (!files.raw().is_object()) return roles;
  for (const auto& [name, role] : files.raw().items()) {
    for (const char* built_in : {kDemoRole, kEngineRole, kLogicRole}) {
      if (name == built_in) files[name].complain("a role that is always there", "another name");
    }
    if (!is_plain_name(name)) files[name].complain("such a name", "letters, digits, _, - and .");
    roles.push_back(read_role(files[name], name));
  }
  return roles;
}

void read_limits(const JsonReader& reader, std::optional<double>& min, std::optional<double>& max) {
  if (const JsonReader least = reader["min"]; !least.is_missing())
    min = least.number(-kMostNumber, kMostNumber);
  if (const JsonReader most = reader["max"]; !most.is_missing()) {
    max = most.number(-kMostNumber, kMostNumber);
    if (min && *min > *max) most.complain("no less than min");
  }
}

Condition read_condition(const JsonReader& reader) {
  reader.expect_only({"task", "target", "exists", "equals", "min", "max"});
  Condition condition;
  condition.of_task = !reader["task"].is_missing();
  if (condition.of_task && !reader["target"].is_missing())
    reader["target"].complain("none, because task is given");
  const JsonReader place = reader[condition.of_task ? "task" : "target"];
  condition.place = read_path(place);
  if (condition.place.has_wildcard()) place.complain("a pointer without *");
  if (const JsonReader exists = reader["exists"]; !exists.is_missing()) condition.exists = exists.boolean();
  if (const JsonReader equals = reader["equals"]; !equals.is_missing()) condition.equals = equals.raw();
  read_limits(reader, condition.min, condition.max);
  if (!condition.exists && !condition.equals && !condition.min && !condition.max) {
    reader.complain("a condition that says nothing", "exists, equals, min or max");
  }
  return condition;
}

// The part of an entry that only values from a task have.
void read_treatment(const JsonReader& reader, MappingEntry& entry) {
  entry.from = read_path(reader["from"]);
  if (const JsonReader convert = reader["convert"]; !convert.is_missing())
    entry.convert = read_conversion(convert);
  if (const JsonReader scale = reader["scale"]; !scale.is_missing())
    entry.scale = scale.number(-kMostNumber, kMostNumber);
  read_limits(reader, entry.min, entry.max);
  if (const JsonReader outside = reader["outside"]; !outside.is_missing()) {
    entry.refuse_outside = outside.choice({"clamp", "refuse"}) == 1;
    if (!entry.min && !entry.max) outside.complain("none, because there is neither min nor max");
  }
  const JsonReader fallback = reader["default"];
  if (!fallback.is_missing()) entry.fallback = fallback.raw();
  if (const JsonReader absent = reader["absent"]; !absent.is_missing()) {
    entry.remove_when_absent = absent.choice({"keep", "remove"}) == 1;
    if (entry.fallback) absent.complain("none, because there is a default");
  }
}

MappingEntry read_entry(const JsonReader& reader) {
  reader.expect_only({"from", "value", "remove", "to", "at", "convert", "scale", "min", "max", "outside",
                      "default", "absent", "when", "note"});
  check_note(reader);
  MappingEntry entry;
  int sources = 0;
  for (const char* source : {"from", "value", "remove"}) sources += reader[source].is_missing() ? 0 : 1;
  if (sources != 1) reader.complain(fmt::format("{} of from, value and remove", sources), "exactly one");
  if (!reader["from"].is_missing()) {
    read_treatment(reader, entry);
  } else {
    for (const char* member : {"convert", "scale", "min", "max", "outside", "default", "absent"}) {
      if (!reader[member].is_missing()) reader[member].complain("none, because there is no from");
    }
    entry.source = reader["value"].is_missing() ? MappingSource::kRemove : MappingSource::kValue;
    if (entry.source == MappingSource::kValue) {
      entry.value = reader["value"].is_missing() ? json() : reader["value"].raw();
    } else if (const JsonReader remove = reader["remove"]; !remove.is_missing() && !remove.boolean()) {
      remove.complain("true");
    }
  }
  entry.to = read_text(reader["to"]);
  entry.at = read_path(reader["at"]);
  if (const JsonReader when = reader["when"]; !when.is_missing()) {
    for (std::size_t i = 0, count = when.size(); i < count; ++i)
      entry.when.push_back(read_condition(when[i]));
  }
  return entry;
}

GraphAddition read_addition(const JsonReader& reader) {
  reader.expect_only({"element", "after", "note"});
  check_note(reader);
  GraphAddition addition;
  const JsonReader element = reader["element"];
  read_text(element["name"]);
  read_text(element["shared_object"]);
  if (!element.is_missing()) addition.element = element.raw();
  if (const JsonReader after = reader["after"]; !after.is_missing()) addition.after = read_text(after);
  return addition;
}

void read_stream(const JsonReader& reader, Algorithm& algorithm) {
  reader.expect_only({"sample", "demo", "engine", "graph_id", "process", "max_channels"});
  algorithm.sample = read_plain_name(reader["sample"]);
  const JsonReader demo = reader["demo"];
  algorithm.demo = demo.is_missing() ? algorithm.sample + "_demo.json" : read_plain_name(demo);
  if (const JsonReader engine = reader["engine"]; !engine.is_missing())
    algorithm.engine = read_plain_name(engine);
  if (const JsonReader graph = reader["graph_id"]; !graph.is_missing())
    algorithm.graph_id = graph.integer(0, kMostInt);
  if (const JsonReader process = reader["process"]; !process.is_missing())
    algorithm.process = static_cast<ProcessUse>(process.choice({kProcessUses[0], kProcessUses[1]}));
  if (const JsonReader channels = reader["max_channels"]; !channels.is_missing())
    algorithm.max_channels = static_cast<std::uint32_t>(channels.integer(2, kMostChannels));
}

std::vector<std::int32_t> read_types(const JsonReader& reader) {
  std::vector<std::int32_t> types;
  const std::size_t count = reader.size();
  if (count == 0) reader.complain("at least one of application-web's numbers");
  for (std::size_t i = 0; i < count; ++i) {
    const auto type = static_cast<std::int32_t>(reader[i].integer(0, kMostInt));
    if (std::find(types.begin(), types.end(), type) != types.end()) reader[i].complain("each number once");
    types.push_back(type);
  }
  return types;
}

// Every role that the mapping writes to is there, and what is written for the logic-node has a place there.
void check_targets(const JsonReader& mapping, const Algorithm& algorithm) {
  std::set<std::string> known = {kDemoRole, kEngineRole, kLogicRole};
  for (const FileRole& role : algorithm.roles) known.insert(role.name);
  for (std::size_t i = 0; i < algorithm.mapping.size(); ++i) {
    const MappingEntry& entry = algorithm.mapping[i];
    if (!known.contains(entry.to)) {
      mapping[i]["to"].complain(describe_json(entry.to), fmt::format("one of {}", fmt::join(known, ", ")),
                                "roles are named in /files");
    }
    const std::string member = entry.at.is_root() ? std::string() : entry.at.tokens().front();
    const bool is_there =
        std::find(kLogicMembers.begin(), kLogicMembers.end(), member) != kLogicMembers.end();
    if (entry.to == kLogicRole && !is_there) {
      mapping[i]["at"].complain(
          fmt::format("a pointer that begins with /{}", fmt::join(kLogicMembers, ", /")));
    }
  }
}

// The names in a file of the folder, one a line; an array stays as it is.
Result<json> resolve_labels(const fs::path& folder, const json& labels) {
  if (!labels.is_string()) return labels;
  const auto& name = labels.get_ref<const std::string&>();
  if (!is_plain_name(name)) {
    return fail(ErrorCode::kInvalid,
                "/labels: found {}, expected an array or the name of a file in the folder",
                describe_json(labels));
  }
  std::ifstream file(folder / name);
  if (!file) {
    return fail(ErrorCode::kNotFound, "/labels: found no file {}, expected one name a line in it",
                (folder / name).string());
  }
  json names = json::array();
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    names.push_back(line);
  }
  while (!names.empty() && names.back() == "") names.erase(names.size() - 1);
  return names;
}

Algorithm read_members(const JsonReader& root, const std::string& folder_name) {
  root.expect_only({"$schema", "name", "title", "types", "note", "stream", "files", "mapping", "graph",
                    "object", "rules", "event", "labels", "tables"});
  check_note(root);
  if (const JsonReader schema = root["$schema"]; !schema.is_missing()) schema.string();
  Algorithm algorithm;
  algorithm.name = read_plain_name(root["name"]);
  if (algorithm.name != folder_name)
    root["name"].complain(fmt::format("\"{}\", the folder's name", folder_name));
  algorithm.title = read_text(root["title"]);
  algorithm.types = read_types(root["types"]);
  read_stream(root["stream"], algorithm);
  algorithm.roles = read_roles(root["files"]);
  const JsonReader mapping = root["mapping"];
  for (std::size_t i = 0, count = mapping.size(); i < count; ++i)
    algorithm.mapping.push_back(read_entry(mapping[i]));
  if (const JsonReader graph = root["graph"]; !graph.is_missing()) {
    for (std::size_t i = 0, count = graph.size(); i < count; ++i)
      algorithm.additions.push_back(read_addition(graph[i]));
  }
  check_targets(mapping, algorithm);
  root["object"].expect_object();
  root["rules"].expect_object();
  root["event"].expect_object();
  read_logic_part(root);
  return algorithm;
}

}  // namespace

Result<Algorithm> read_algorithm(const fs::path& folder) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) {
    return fail(ErrorCode::kNotFound, "{}: found no such folder, expected one with an algorithm.json",
                folder.string());
  }
  const auto document = read_json_file(folder / "algorithm.json");
  if (!document) return tl::unexpected(document.error());
  return read_algorithm(folder, *document);
}

Result<Algorithm> read_algorithm(const fs::path& folder, const json& document) {
  const std::string file = folder / "algorithm.json";
  json resolved = document;
  if (document.is_object() && document.contains("labels")) {
    auto labels = resolve_labels(folder, document["labels"]);
    if (!labels) return tl::unexpected(std::move(labels.error()).within(file));
    resolved["labels"] = *std::move(labels);
  }
  std::optional<Error> error;
  // A path that ends in a slash has no file name.
  const fs::path plain = fs::absolute(folder / "algorithm.json").lexically_normal().parent_path();
  Algorithm algorithm = read_members(JsonReader(resolved, error), plain.filename());
  if (error) return tl::unexpected(std::move(*error).within(file));
  for (const char* member : kLogicMembers) {
    if (resolved.contains(member)) algorithm.logic[member] = resolved[member];
  }
  algorithm.file = file;
  return algorithm;
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  });
}

bool matches_element(std::string_view pattern, std::string_view element) {
  constexpr std::string_view kGroup = "_group";
  if (element.ends_with(kGroup)) element.remove_suffix(kGroup.size());
  // Of several stars the last one is tried again one letter later when the rest does not fit.
  std::size_t p = 0, e = 0, star = std::string_view::npos, resume = 0;
  while (e < element.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = e;
    } else if (p < pattern.size() && pattern[p] == element[e]) {
      ++p, ++e;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      e = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace stream::manifest
