#include "completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>
#include <vector>

#include "stream/common/node.hpp"

namespace stream::cli {
namespace {

struct Word {
  std::string text;
  std::string help;
};

// One command of the tree and what may follow it.
struct CommandWords {
  std::string path;                                  // "streamctl task create"
  std::vector<Word> words;                           // subcommands and options
  std::vector<std::string> before_file, before_dir;  // options whose value is a file or a folder
};

std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> result;
  for (const std::string& name : option.get_snames()) result.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) result.push_back("--" + name);
  return result;
}

void add_options(const CLI::App& app, CommandWords& command) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : spellings(*option)) {
      command.words.push_back({name, option->get_description()});
      if (option->get_type_name() == "FILE") command.before_file.push_back(name);
      if (option->get_type_name() == "DIR") command.before_dir.push_back(name);
    }
  }
}

// Every command below `app`, the outer ones first.
void collect(const CLI::App& app, const std::string& path, std::vector<CommandWords>& commands) {
  CommandWords command{path, {}, {}, {}};
  const auto children = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* child : children) {
    if (child->get_name().empty()) {
      add_options(*child, command);  // a group of options is a nameless child
    } else {
      command.words.push_back({child->get_name(), child->get_description()});
    }
  }
  add_options(app, command);
  commands.push_back(std::move(command));
  for (const CLI::App* child : children) {
    if (!child->get_name().empty()) collect(*child, path + " " + child->get_name(), commands);
  }
}

std::vector<CommandWords> commands_of(const CLI::App& app) {
  std::vector<CommandWords> commands;
  collect(app, "streamctl", commands);
  return commands;
}

// `case` patterns: "streamctl task create --file"|"..."
std::string patterns(const std::vector<std::string>& texts) {
  return fmt::format("\"{}\"", fmt::join(texts, "\"|\""));
}

std::vector<std::string> paths_below_top(const std::vector<CommandWords>& commands) {
  std::vector<std::string> paths;
  for (const CommandWords& command : commands) {
    if (command.path != "streamctl") paths.push_back(command.path);
  }
  return paths;
}

// One `case` branch for each command that has options with such a value.
std::string value_branches(const std::vector<CommandWords>& commands,
                           std::vector<std::string> CommandWords::*options, const std::string& action) {
  std::vector<std::string> places;
  for (const CommandWords& command : commands) {
    for (const std::string& option : command.*options) places.push_back(command.path + " " + option);
  }
  return places.empty() ? "" : fmt::format("    {}) {}; return ;;\n", patterns(places), action);
}

std::string quoted(std::string text) {
  for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4)
    text.replace(at, 1, "'\\''");
  return "'" + text + "'";
}

Result<int> print(const std::string& script, Environment& environment) {
  environment.out << script;
  return kExitOk;
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  const auto commands = commands_of(app);
  std::string branches;
  for (const CommandWords& command : commands) {
    std::vector<std::string> words;
    for (const Word& word : command.words) words.push_back(word.text);
    branches += fmt::format("    \"{}\") words=\"{}\" ;;\n", command.path, fmt::join(words, " "));
  }
  return fmt::format(
      R"(# bash completion for streamctl; load with: source <(streamctl completion bash)
_streamctl() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} path=streamctl words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${{COMP_WORDS[i]}}" in
      {}) path+=" ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$path ${{COMP_WORDS[COMP_CWORD - 1]}}" in
{}{}  esac
  case "$path" in
{}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -F _streamctl streamctl
)",
      patterns(paths_below_top(commands)),
      value_branches(commands, &CommandWords::before_file,
                     R"(compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"))"),
      value_branches(commands, &CommandWords::before_dir,
                     R"(compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"))"),
      branches);
}

std::string zsh_completion(const CLI::App& app) {
  const auto commands = commands_of(app);
  std::string branches;
  for (const CommandWords& command : commands) {
    std::string items;
    for (const Word& word : command.words) items += " " + quoted(word.text + ":" + word.help);
    branches += fmt::format("    \"{}\") items=({}) ;;\n", command.path, items);
  }
  return fmt::format(R"(#compdef streamctl
# zsh completion for streamctl; load with: source <(streamctl completion zsh)
_streamctl() {{
  local command_path=streamctl i
  local -a items
  for ((i = 2; i < CURRENT; i++)); do
    case "$command_path ${{words[i]}}" in
      {}) command_path+=" ${{words[i]}}" ;;
    esac
  done
  case "$command_path ${{words[CURRENT - 1]}}" in
{}{}  esac
  case "$command_path" in
{}  esac
  _describe streamctl items
}}
compdef _streamctl streamctl
)",
                     patterns(paths_below_top(commands)),
                     value_branches(commands, &CommandWords::before_file, "_files"),
                     value_branches(commands, &CommandWords::before_dir, "_files -/"), branches);
}

void add_completion_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("completion", "print a shell completion script");
  command->require_subcommand(1);
  const auto add = [&](const char* shell, const char* help, std::string (*script)(const CLI::App&)) {
    command->add_subcommand(shell, help)->callback([&app, &program, script] {
      program.action = [&app, script](Environment& environment) { return print(script(app), environment); };
    });
  };
  add("bash", "load with: source <(streamctl completion bash)", bash_completion);
  add("zsh", "load with: source <(streamctl completion zsh)", zsh_completion);
}

}  // namespace stream::cli
