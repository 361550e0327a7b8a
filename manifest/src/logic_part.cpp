#include "stream/manifest/logic_part.hpp"

#include <algorithm>

#include "stream/common/json_reader.hpp"

namespace stream::manifest {
namespace {

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

// A rule about a class that nobody has would do nothing in silence.
void check_class(const JsonReader& where, const std::string& name, const LogicPart& part) {
  const bool is_known = std::find(part.labels.begin(), part.labels.end(), name) != part.labels.end();
  if (is_known || is_number(name)) return;
  where.complain("such a class", "one of /labels, or the number of a class");
}

void check_classes(const JsonReader& rules, const LogicPart& part) {
  if (part.rules.threshold) {
    const JsonReader by_class = rules["threshold"]["by_class"];
    for (const auto& [name, least] : part.rules.threshold->by_class) check_class(by_class[name], name, part);
  }
  if (!part.rules.of_class) return;
  const JsonReader rule = rules["class"];
  if (part.object.from == ObjectList::kPoses || part.object.from == ObjectList::kFaces) {
    rule.complain("none, because poses and faces have no class");
  }
  for (std::size_t i = 0; i < part.rules.of_class->only.size(); ++i) {
    check_class(rule["only"][i], part.rules.of_class->only[i], part);
  }
}

}  // namespace

LogicPart read_logic_part(const JsonReader& root) {
  LogicPart part;
  part.object = read_object_spec(root["object"]);
  part.rules = read_rules(root["rules"]);
  part.tables = read_label_tables(root["tables"]);
  part.event = read_event(root["event"], part.object.from, part.tables);
  if (const JsonReader labels = root["labels"]; !labels.is_missing()) {
    for (std::size_t i = 0, count = labels.size(); i < count; ++i) part.labels.push_back(labels[i].string());
  }
  check_classes(root["rules"], part);
  return part;
}

Result<LogicPart> parse_logic_part(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return tl::unexpected(document.error());
  std::optional<Error> error;
  const JsonReader root(*document, error);
  root.expect_only({"object", "rules", "event", "labels", "tables"});
  LogicPart part = read_logic_part(root);
  if (error) return tl::unexpected(*error);
  return part;
}

}  // namespace stream::manifest
