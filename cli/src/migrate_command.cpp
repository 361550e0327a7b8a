#include "migrate_command.hpp"

#include <fmt/format.h>

#include <chrono>
#include <ostream>
#include <set>
#include <utility>

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

// How long a node that does not answer, or says "not now", is asked again before it is given up.
constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::milliseconds kAskEvery{500};

// Asks until there is an answer. The patience begins anew with each answer; when it is used up, and after
// Ctrl-C, everything is asked once only.
class PatientAsker {
 public:
  using Clock = std::chrono::steady_clock;

  explicit PatientAsker(Environment& environment) : environment_(environment) {}

  template <class Ask>
  auto ask(const Ask& question) {
    while (true) {
      auto answer = question();
      if (answer || answer.error().code != ErrorCode::kUnavailable) {
        has_been_told_ = false;
        last_answer_ = Clock::now();
        return answer;
      }
      if (is_stopped_ || Clock::now() - last_answer_ >= kPatience) return answer;
      tell(answer.error());
      is_stopped_ = environment_.wait_for_stop(kAskEvery);
      if (is_stopped_) return answer;
    }
  }
  bool is_stopped() const { return is_stopped_; }

 private:
  void tell(const Error& error) {
    if (std::exchange(has_been_told_, true)) return;
    environment_.err << fmt::format("streamctl: {}; trying again for {} s\n", one_line(error.message),
                                    kPatience.count())
                     << std::flush;
  }

  Environment& environment_;
  Clock::time_point last_answer_ = Clock::now();
  bool has_been_told_ = false, is_stopped_ = false;
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

  // It was not decided on: the same command again may create it.
  void left(const std::string& id, const std::string& why) {
    ++left_;
    say("left", id + ": " + why);
  }

  bool good() const { return refused_ + unreadable_ + left_ == 0; }
  std::string sum(bool dry_run) const {
    return fmt::format("{} {}, {} there already, {} refused, {} unreadable{}", created_,
                       dry_run ? "would be created" : "created", there_, refused_, unreadable_,
                       left_ == 0 ? "" : fmt::format(", {} left: try again", left_));
  }

 private:
  void say(const char* what, const std::string& text) {
    out_ << one_line(fmt::format("{:<15}{}", what, text)) << std::endl;  // at once: a create can take a while
  }

  std::ostream& out_;
  std::size_t created_ = 0, there_ = 0, refused_ = 0, unreadable_ = 0, left_ = 0;
};

// It would be refused again.
bool is_about_the_task(const Error& error) {
  return error.code == ErrorCode::kInvalid || error.code == ErrorCode::kConflict;
}

Result<int> migrate(const MigrateOptions& options, Environment& environment) {
  const auto saved = read_saved_tasks(options.folder);
  if (!saved) return tl::unexpected(saved.error());
  PatientAsker asker(environment);
  const auto known = asker.ask([&] { return known_tasks(options.api); });
  if (!known) return tl::unexpected(known.error());
  Account account(environment.out);
  for (const SavedTask& task : saved->tasks) {
    if (known->contains(task.id)) {
      account.there(task.id);
    } else if (!task.body) {
      account.unreadable(task.id, task.body.error().message);
    } else if (options.dry_run) {
      account.created(task.id, false);
    } else if (asker.is_stopped()) {
      account.left(task.id, "stopped before");
    } else {
      const auto answer = asker.ask([&] { return post(options.api, "/api/v1/tasks", *task.body); });
      if (answer) {
        account.created(task.id, true);
      } else if (is_about_the_task(answer.error())) {
        account.refused(task.id, answer.error().message);
      } else {
        account.left(task.id, answer.error().message);
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
