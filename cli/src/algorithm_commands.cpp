#include "algorithm_commands.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>

#include "algorithm_test_command.hpp"
#include "rest_client.hpp"
#include "stream/common/encode.hpp"
#include "stream/common/json_reader.hpp"
#include "stream/common/node.hpp"
#include "stream/common/secrets.hpp"
#include "stream/manifest/cases.hpp"
#include "stream/manifest/catalog.hpp"
#include "stream/manifest/mapping.hpp"
#include "stream/manifest/stream_config.hpp"
#include "stream/manifest/task_definition.hpp"
#include "stream/manifest/video_source.hpp"
#include "text.hpp"
#include "text_diff.hpp"

namespace stream::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct AlgorithmOptions {
  ApiOptions api;
  std::string dir;  // the algorithms; empty: the installed ones
  std::string template_dir;
  std::string folder;  // of one algorithm
  std::vector<std::string> folders;
  std::string name;
  std::int32_t type = 0;
  std::string stream_path, task_file;
  bool as_json = false;

  fs::path algorithms() const { return dir.empty() ? manifest::installed_algorithms() : fs::path(dir); }
};

Result<std::shared_ptr<const manifest::Catalog>> read_catalog(const AlgorithmOptions& options) {
  return manifest::CatalogReader(options.algorithms()).read();
}

std::string cell(const json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end()) return "-";
  if (found->is_array()) return fmt::format("{}", fmt::join(found->get<std::vector<std::int32_t>>(), ","));
  return found->is_string() ? found->get<std::string>() : found->dump();
}

int print_list(const json& algorithms, bool as_json, Environment& environment) {
  std::vector<std::vector<std::string>> rows{{"ALGORITHM", "TYPES", "STATE", "TITLE"}};
  bool broken = false;
  for (const json& one : algorithms) {
    if (as_json) environment.out << json_line(one) << '\n';
    const bool is_fine = one.value("error", "").empty();
    const char* state = is_fine ? "ok" : one.value("usable", false) ? "broken, last good in use" : "broken";
    rows.push_back({cell(one, "name"), cell(one, "types"), state, cell(one, "title")});
    if (!is_fine) environment.err << "streamctl: " << one.value("error", "") << '\n';
    broken = broken || !is_fine;
  }
  if (!as_json) print_table(environment.out, rows);
  return broken ? kExitFailed : kExitOk;
}

Result<int> list(const AlgorithmOptions& options, Environment& environment) {
  if (options.dir.empty()) {
    return get(options.api, "/api/v1/algorithms", json::value_t::array).map([&](const json& algorithms) {
      return print_list(algorithms, options.as_json, environment);
    });
  }
  return read_catalog(options).map([&](const auto& catalog) {
    json all = json::array();
    for (const auto& [name, entry] : catalog->entries) {
      json one = {{"name", name}, {"usable", entry.algorithm != nullptr}, {"error", entry.error}};
      if (entry.algorithm) {
        one["types"] = entry.algorithm->types;
        one["title"] = entry.algorithm->title;
      }
      all.push_back(std::move(one));
    }
    return print_list(all, options.as_json, environment);
  });
}

std::string source_of(const manifest::MappingEntry& entry) {
  switch (entry.source) {
    case manifest::MappingSource::kTask:
      return entry.from.text();
    case manifest::MappingSource::kValue:
      return json_line(entry.value);
    case manifest::MappingSource::kRemove:
      return "(removed)";
  }
  return "";
}

Result<int> show(const AlgorithmOptions& options, Environment& environment) {
  const auto catalog = read_catalog(options);
  if (!catalog) return tl::unexpected(catalog.error());
  if (!(*catalog)->entries.contains(options.name)) {
    std::vector<std::string> names;
    for (const auto& [name, entry] : (*catalog)->entries) names.push_back(name);
    return fail(ErrorCode::kNotFound, "NAME: found {}, expected one of {}", options.name,
                fmt::join(names, ", "));
  }
  const auto algorithm = manifest::read_algorithm(options.algorithms() / options.name);
  if (!algorithm) return tl::unexpected(algorithm.error());
  auto& out = environment.out;
  out << fmt::format("{}: {}\ntypes {}, sample {}, {}\n\n", algorithm->name, algorithm->title,
                     fmt::join(algorithm->types, ", "), algorithm->sample, algorithm->demo);
  std::vector<std::vector<std::string>> rows{{"FROM THE TASK", "TO", "AT"}};
  for (const auto& entry : algorithm->mapping) rows.push_back({source_of(entry), entry.to, entry.at.text()});
  print_table(out, rows);
  for (const char* part : {"object", "rules", "event"})
    out << '\n' << part << ": " << pretty_json(algorithm->logic[part]) << '\n';
  return kExitOk;
}

// The configuration that a create would write for the n-th algorithm, with names for what is known only then.
Result<manifest::StreamConfig> configure(const manifest::Algorithm& algorithm,
                                         const manifest::TaskDefinition& task, std::size_t index,
                                         const std::string& stream_path) {
  const manifest::Installation installation(stream_path);
  const auto source_type = manifest::source_type_of(task.address, installation);
  if (!source_type) return tl::unexpected(Error(source_type.error()).within("/InputSrc/StreamSrc/Address"));
  const fs::path folder =
      fs::path("/DATA_DIR/tasks") / encode_name(task.task_id) / std::to_string(index) / "config";
  return manifest::make_stream_config(
      {installation, algorithm, task, index, *source_type, {"INGEST_NODE", 0, "KEY"}, 0, folder});
}

// Rules of one's own: their parameters, where this program has the rule; else a remark.
Status check_own_rules(const json& logic, Environment& environment, std::set<std::string>& unknown) {
  const auto part = manifest::parse_logic_part(logic.dump());
  if (!part) return tl::unexpected(part.error());
  for (const auto& [name, parameters] : part->rules.custom) {
    if (environment.rules != nullptr && environment.rules->knows(name)) {
      if (const auto rule = environment.rules->make(name, parameters); !rule)
        return tl::unexpected(rule.error());
    } else if (unknown.insert(name).second) {
      environment.err << "streamctl: /rules/custom/" << name
                      << ": not checked, only a program that has this rule can say what it takes\n";
    }
  }
  return {};
}

Result<int> validate(const AlgorithmOptions& options, Environment& environment) {
  const auto algorithm = manifest::read_algorithm(options.folder);
  if (!algorithm) return tl::unexpected(algorithm.error());
  const auto cases = manifest::read_cases(options.folder);
  if (!cases) return tl::unexpected(cases.error());
  std::set<std::string> unknown;
  if (const auto rules = check_own_rules(algorithm->logic, environment, unknown); !rules)
    return tl::unexpected(Error(rules.error()).within(algorithm->file));
  for (const manifest::Case& one : *cases) {
    const auto within = [&](Error error) { return std::move(error).within("case " + one.name); };
    const auto logic = manifest::resolve_logic(*algorithm, one.task, 0);
    if (!logic) return tl::unexpected(within(logic.error()));
    if (const auto rules = check_own_rules(*logic, environment, unknown); !rules)
      return tl::unexpected(within(rules.error()));
    if (options.stream_path.empty()) continue;
    const auto task = manifest::parse_task_definition(one.task);
    const auto config =
        task.and_then([&](const auto& read) { return configure(*algorithm, read, 0, options.stream_path); });
    if (!config) return tl::unexpected(within(config.error()));
  }
  if (cases->empty()) {
    environment.err << fmt::format(
        "streamctl: {}: found no case, expected at least one: without, nobody knows what it decides\n",
        (fs::path(options.folder) / "cases").string());
  }
  environment.out << fmt::format("{}: ok, {} lines of mapping, {} {}\n", algorithm->name,
                                 algorithm->mapping.size(), cases->size(),
                                 cases->size() == 1 ? "case" : "cases");
  return kExitOk;
}

std::string pretty(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<int> dry_run(const AlgorithmOptions& options, Environment& environment) {
  const auto task = read_json_file(options.task_file).and_then(manifest::parse_task_definition);
  if (!task) return tl::unexpected(task.error());
  const auto catalog = read_catalog(options);
  if (!catalog) return tl::unexpected(catalog.error());
  for (std::size_t i = 0; i < task->algorithms.size(); ++i) {
    const auto algorithm = (*catalog)->get(task->algorithms[i].type);
    if (!algorithm)
      return tl::unexpected(Error(algorithm.error()).within(fmt::format("/Algorithm/{}/Type", i)));
    const auto config = configure(**algorithm, *task, i, options.stream_path);
    if (!config) return tl::unexpected(config.error());
    const auto print = [&](const std::string& before, const std::string& after, const std::string& from,
                           const std::string& to) {
      environment.out << mask_secrets(unified_diff(before, after, from, to));
    };
    for (const auto& [name, content] : config->files) {
      const auto sample = config->samples.find(name);
      const bool is_new = sample == config->samples.end();
      print(is_new ? "" : pretty(sample->second.content), pretty(content),
            is_new ? "/dev/null" : sample->second.path, fmt::format("tasks/{}/{}", i, name));
    }
    print(pretty((*algorithm)->logic), pretty(config->logic), (*algorithm)->file,
          fmt::format("tasks/{}/(for the logic-node)", i));
  }
  return kExitOk;
}

Result<std::string> read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(ErrorCode::kNotFound, "{}: cannot be read", file.string());
  return std::string{std::istreambuf_iterator<char>(stream), {}};
}

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
}

Status copy_template(const fs::path& from, const fs::path& to, const AlgorithmOptions& options) {
  std::error_code failure;
  for (fs::recursive_directory_iterator file(from, failure), end; !failure && file != end;
       file.increment(failure)) {
    const fs::path target = to / file->path().lexically_relative(from);
    if (file->is_directory()) {
      fs::create_directories(target, failure);
      continue;
    }
    auto text = read_text(file->path());
    if (!text) return tl::unexpected(text.error());
    replace_all(*text, "@NAME@", options.name);
    replace_all(*text, "\"@TYPE@\"", std::to_string(options.type));
    std::ofstream written(target, std::ios::binary);
    written << *text;
    if (!written.flush()) return fail(ErrorCode::kUnavailable, "{}: cannot be written", target.string());
  }
  if (failure) return fail(ErrorCode::kUnavailable, "{}: {}", from.string(), failure.message());
  return {};
}

Result<int> add(const AlgorithmOptions& options, Environment& environment) {
  if (!manifest::is_plain_name(options.name)) {
    return fail(ErrorCode::kInvalid, "NAME: found {}, expected letters, digits, _, - and ., and no dot first",
                options.name);
  }
  const auto catalog = read_catalog(options);
  if (!catalog) return tl::unexpected(catalog.error());
  if (const auto owner = (*catalog)->find(options.type)) {
    return fail(ErrorCode::kConflict, "TYPE: found {}, which {} has, expected a number nobody has",
                options.type, owner->name);
  }
  const fs::path folder = options.algorithms() / options.name;
  std::error_code failure;
  if (fs::exists(folder, failure))
    return fail(ErrorCode::kConflict, "NAME: {} is there already", folder.string());
  const fs::path from = options.template_dir.empty()
                            ? manifest::installed_algorithms().parent_path() / "algorithm-template"
                            : fs::path(options.template_dir);
  // Made beside and moved, so that a server that watches never sees half of it.
  const fs::path half = options.algorithms() / ("." + options.name);
  fs::remove_all(half, failure);
  fs::create_directories(half, failure);
  auto done = copy_template(from, half, options);
  if (done) {
    fs::rename(half, folder, failure);
    if (failure) done = fail(ErrorCode::kUnavailable, "{}: {}", folder.string(), failure.message());
  }
  const auto algorithm = done ? manifest::read_algorithm(folder) : Result<manifest::Algorithm>();
  if (!done || !algorithm) {
    fs::remove_all(half, failure);
    fs::remove_all(folder, failure);
    return tl::unexpected(done ? algorithm.error() : done.error());
  }
  environment.out << fmt::format(
      "made {0}; docs/manifest.md says what it can say, streamctl algorithm test {0} runs its cases\n",
      folder.string());
  return kExitOk;
}

}  // namespace

void add_algorithm_commands(CLI::App& app, Program& program) {
  CLI::App* algorithm = app.add_subcommand("algorithm", "list, check and make algorithms");
  algorithm->require_subcommand(1);
  const auto options = std::make_shared<AlgorithmOptions>();
  const auto add_command = [&](const char* name, const char* help, auto action) {
    CLI::App* command = algorithm->add_subcommand(name, help);
    command->callback([&program, options, action] {
      program.action = [options, action](Environment& environment) { return action(*options, environment); };
    });
    return command;
  };
  const auto add_dir = [&](CLI::App* command, const char* help) {
    command->add_option("--dir", options->dir, help)->type_name("DIR");
    return command;
  };
  constexpr const char* kDirHelp = "the folder of the algorithms; default: the one beside the program";

  CLI::App* listing = add_dir(add_command("list", "list the algorithms of an api-node, or of a folder", list),
                              "look into this folder instead of asking an api-node");
  options->api.add_to(*listing);
  listing->add_flag("--json", options->as_json, "JSON, one object a line");
  add_dir(add_command("show", "show what an algorithm says", show), kDirHelp)
      ->add_option("NAME", options->name, "its folder's name")
      ->required();
  CLI::App* validating = add_command("validate", "check an algorithm's folder, cases included", validate);
  validating->add_option("FOLDER", options->folder, "the algorithm's folder")->required();
  validating->add_option(
      "--stream-path", options->stream_path,
      "also make the configurations of the cases' tasks, from this installation of sophon-stream");
  add_command("test", "run the cases of algorithms' folders",
              [](const AlgorithmOptions& chosen, Environment& environment) {
                return test_algorithms(chosen.folders, environment);
              })
      ->add_option("FOLDER", options->folders, "the algorithms' folders")
      ->required();
  CLI::App* adding =
      add_dir(add_command("add", "make a new algorithm that works, to be changed", add), kDirHelp);
  adding->add_option("NAME", options->name, "its name, and its folder's")->required();
  adding->add_option("TYPE", options->type, "application-web's number")
      ->required()
      ->check(CLI::NonNegativeNumber);
  adding->add_option("--template", options->template_dir,
                     "a folder to copy; @NAME@ and \"@TYPE@\" are replaced in its files");
  CLI::App* running =
      add_dir(add_command("dry-run", "show what a create would write, as differences to the sample", dry_run),
              kDirHelp);
  running->add_option("-t,--task", options->task_file, "the create request")->type_name("FILE")->required();
  running->add_option("--stream-path", options->stream_path, "the installation of sophon-stream")->required();
}

}  // namespace stream::cli
