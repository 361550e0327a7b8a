#include "migrate_command.hpp"

#include <fmt/format.h>

#include <ostream>
#include <set>

#include "rest_client.hpp"
#include "saved_tasks.hpp"
#include "stream/common/node.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

struct MigrateOptions {
  ApiOptions api;
  std::string folder;
  bool dry_run = false;
};

// Those the api-node has, whatever their state.
Result<std::set<std::string>> known_tasks(const ApiOptions& api) {
  const auto tasks = get_tasks(api);
  if (!tasks) return tl::unexpected(tasks.error());
  std::set<std::string> ids;
  for (const auto& task : *tasks) {
    if (const auto id = task.find("task"); id != task.end() && id->is_string()) ids.insert(*id);
  }
  return ids;
}

// What became of the tasks, told as it happens.
class Account {
 public:
  explicit Account(std::ostream& out) : out_(out) {}

  void created(const std::string& id, bool really) {
    ++created_;
    say(really ? "created" : "would create", id);
  }
  void there(const std::string& id) {
    ++there_;
    say("there already", id);
  }
  void refused(const std::string& id, const std::string& why) {
    ++refused_;
    say("refused", id + ": " + why);
  }
  void unreadable(const std::string& id, const std::string& why) {
    ++unreadable_;
    say("unreadable", id + ": " + why);
  }

  bool good() const { return refused_ + unreadable_ == 0; }
  std::string sum(bool dry_run) const {
    return fmt::format("{} {}, {} there already, {} refused, {} unreadable", created_,
                       dry_run ? "would be created" : "created", there_, refused_, unreadable_);
  }

 private:
  void say(const char* what, const std::string& text) {
    out_ << one_line(fmt::format("{:<15}{}", what, text)) << std::endl;  // at once: a create can take a while
  }

  std::ostream& out_;
  std::size_t created_ = 0, there_ = 0, refused_ = 0, unreadable_ = 0;
};

// Another task may be taken.
bool is_about_the_task(const Error& error) {
  return error.code == ErrorCode::kInvalid || error.code == ErrorCode::kConflict;
}

Result<int> migrate(const MigrateOptions& options, Environment& environment) {
  const auto saved = read_saved_tasks(options.folder);
  if (!saved) return tl::unexpected(saved.error());
  const auto known = known_tasks(options.api);
  if (!known) return tl::unexpected(known.error());
  Account account(environment.out);
  for (const SavedTask& task : saved->tasks) {
    if (known->contains(task.id)) {
      account.there(task.id);
    } else if (!task.body) {
      account.unreadable(task.id, task.body.error().message);
    } else if (options.dry_run) {
      account.created(task.id, false);
    } else {
      const auto answer = post(options.api, "/api/v1/tasks", *task.body);
      if (answer) {
        account.created(task.id, true);
      } else if (is_about_the_task(answer.error())) {
        account.refused(task.id, answer.error().message);
      } else {
        return tl::unexpected(answer.error());
      }
    }
  }
  environment.out << account.sum(options.dry_run) << '\n';
  if (saved->unlisted > 0) {
    environment.out << fmt::format("left alone: {} files of tasks that are not in task_ids.txt\n",
                                   saved->unlisted);
  }
  return account.good() ? kExitOk : kExitFailed;
}

}  // namespace

void add_migrate_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("migrate", "take over the tasks that the Python server has saved");
  const auto options = std::make_shared<MigrateOptions>();
  options->api.add_to(*command);
  command->add_option("DIR", options->folder, "that server's folder, or stream_config_back in it")
      ->required();
  command->add_flag("--dry-run", options->dry_run, "say what would be done, and do nothing");
  command->callback([&program, options] {
    program.action = [options](Environment& environment) { return migrate(*options, environment); };
  });
}

}  // namespace stream::cli
