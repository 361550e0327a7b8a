#include "task_commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>

#include "logs_command.hpp"
#include "rest_client.hpp"
#include "stream/common/node.hpp"
#include "task_definition.hpp"
#include "task_state_commands.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

using nlohmann::json;

struct TaskOptions {
  ApiOptions api;
  std::string file;
  std::string id;
  bool as_json = false;
};

Result<std::string> read_definition(const std::string& file, std::istream& standard_input) {
  std::ifstream opened;
  std::istream& stream = file == "-" ? standard_input : opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) return fail(ErrorCode::kNotFound, "{}: cannot be read", file);
  }
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (const auto parsed = parse_definition(text, file); !parsed) return tl::unexpected(parsed.error());
  return text;
}

std::string cell(const json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end()) return "-";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

// "<name> rules changed, <name> restarted"; empty when nothing that was there is another now.
std::string text_of_changes(const json& answer) {
  std::string text;
  bool is_new = true;
  for (const json& row : answer.value("algorithms", json::array())) {
    const std::string change = cell(row, "change");
    if (change == "unchanged") continue;
    if (change != "added") is_new = false;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", cell(row, "name"), change);
  }
  return is_new ? "" : text;
}

Result<int> create(const TaskOptions& options, Environment& environment) {
  const auto definition = read_definition(options.file, environment.in);
  if (!definition) return tl::unexpected(definition.error());
  return post(options.api, "/api/v1/tasks", *definition).map([&](const json& answer) {
    const std::string changes = text_of_changes(answer);
    environment.out << (changes.empty() ? "created" : "ok: " + changes) << '\n';
    return kExitOk;
  });
}

// Which task it is stands in the definition.
Result<int> update(const TaskOptions& options, Environment& environment) {
  const auto definition = read_definition(options.file, environment.in);
  if (!definition) return tl::unexpected(definition.error());
  const json id = json::parse(*definition).value("TaskID", json());
  if (!id.is_string()) return fail(ErrorCode::kInvalid, "{}: /TaskID: expected a string", options.file);
  return put(options.api, task_path(id.get<std::string>()), *definition).map([&](const json& answer) {
    if (options.as_json) {
      environment.out << json_line(answer) << '\n';
      return kExitOk;
    }
    std::vector<std::vector<std::string>> rows{{"TYPE", "ALGORITHM", "CHANGE"}};
    for (const json& row : answer.value("algorithms", json::array())) {
      rows.push_back({cell(row, "type"), cell(row, "name"), cell(row, "change")});
    }
    print_table(environment.out, rows);
    return kExitOk;
  });
}

Result<int> remove(const TaskOptions& options, Environment& environment) {
  return erase(options.api, task_path(options.id)).map([&](const json&) {
    environment.out << "deleted\n";
    return kExitOk;
  });
}

// What its algorithms say, each once.
std::string joined(const json& task, const char* key) {
  std::vector<std::string> parts;
  for (const json& algorithm : task.value("algorithms", json::array())) {
    const std::string part = algorithm.value(key, "");
    if (!part.empty() && std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
  }
  return parts.empty() ? "-" : fmt::format("{}", fmt::join(parts, ", "));
}

Result<int> query(const TaskOptions& options, Environment& environment) {
  return get(options.api, task_path(options.id)).map([&](const json& task) {
    environment.out << (options.as_json ? json_line(task) : pretty_json(task)) << '\n';
    if (task.value("running", false)) return kExitOk;
    environment.err << one_line("streamctl: the task does not run: " + joined(task, "state")) << '\n';
    return kExitFailed;
  });
}

}  // namespace

void add_task_commands(CLI::App& app, Program& program) {
  CLI::App* task = app.add_subcommand("task", "create, change, list, query and delete tasks");
  task->require_subcommand(1);
  const auto options = std::make_shared<TaskOptions>();
  const auto add = [&](const char* name, const char* help, auto action) {
    CLI::App* command = task->add_subcommand(name, help);
    options->api.add_to(*command);
    command->callback([&program, options, action] {
      program.action = [options, action](Environment& environment) { return action(*options, environment); };
    });
    return command;
  };
  const auto add_id = [&](CLI::App* command) {
    command->add_option("ID", options->id, "TaskID")->required();
    return command;
  };
  const auto add_json = [&](CLI::App* command) {
    command->add_flag("--json", options->as_json, "JSON, one object a line");
    return command;
  };

  const auto add_file = [&](CLI::App* command) {
    command
        ->add_option("-f,--file", options->file,
                     "the definition, as application-web sends it; - reads the input")
        ->type_name("FILE")
        ->required();
    return command;
  };
  add_file(add("create", "create the task that a JSON file defines, and start it", create));
  add_json(add_file(
      add("update", "give a task the definition in a JSON file, with as little ado as it needs", update)));
  add_task_state_commands(*task, program);
  add_json(add_id(add("query", "show the state of a task; exit code 1 when it does not run", query)));
  add_logs_command(*task, program);
  add_id(add("delete", "stop a task and forget it", remove));
}

}  // namespace stream::cli
