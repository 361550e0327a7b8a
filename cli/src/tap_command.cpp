#include "tap_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ostream>

#include "bus_options.hpp"
#include "picture_folder.hpp"
#include "stream/common/node.hpp"
#include "tap_message.hpp"
#include "tap_pattern.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

using bus::milliseconds;

struct TapOptions {
  BusOptions bus;
  std::vector<std::string> prefixes;
  std::uint64_t count = 0;  // 0: until stopped
  bool as_json = false;
  std::string images;
};

// Messages wait here when the terminal is slow; whole bodies are some hundred kilobytes each.
std::uint32_t queue_messages(const std::vector<std::string>& prefixes) {
  const bool has_bodies = std::any_of(prefixes.begin(), prefixes.end(),
                                      [](const std::string& p) { return p.starts_with("body/"); });
  return has_bodies ? 64 : 1000;
}

// Confined to one thread.
class Tap {
 public:
  Tap(const TapOptions& options, std::optional<PictureFolder> folder, Environment& environment)
      : options_(options), folder_(std::move(folder)), environment_(environment) {}

  Result<int> run(bus::Subscriber& subscriber) {
    for (const std::string& prefix : options_.prefixes) subscriber.subscribe(prefix);
    while (!done() && !environment_.wait_for_stop(milliseconds(0))) {
      const auto outcome = subscriber.receive(milliseconds(100));
      if (const auto* received = std::get_if<bus::Received>(&outcome)) take(*received);
      if (const auto* malformed = std::get_if<bus::Malformed>(&outcome)) reject(malformed->why);
    }
    environment_.err << fmt::format("{} messages, {} lost by this tap, {} unreadable\n", shown_, lost_,
                                    unreadable_);
    return environment_.out ? kExitOk : kExitFailed;
  }

 private:
  bool done() const { return (options_.count > 0 && shown_ >= options_.count) || !environment_.out; }

  void take(const bus::Received& received) {
    lost_ += received.lost;
    if (!wanted(received.topic)) return;
    const auto message = read_message(received.topic, received.payload);
    if (!message) return reject(message.error().message);
    ++shown_;
    if (options_.as_json) {
      environment_.out << json_line({{"topic", received.topic},
                                     {"sequence", received.sequence},
                                     {"lost", received.lost},
                                     {"message", message->json}})
                       << std::endl;
    } else {
      if (received.lost > 0) environment_.err << fmt::format("({} lost here)\n", received.lost);
      environment_.out << message->text << std::endl;
    }
    if (folder_) save_pictures(*message);
  }

  // An observer's subscription may be wider than what was asked for.
  bool wanted(const std::string& topic) const {
    return std::any_of(options_.prefixes.begin(), options_.prefixes.end(),
                       [&](const std::string& prefix) { return topic.starts_with(prefix); });
  }

  void reject(const std::string& why) {
    ++unreadable_;
    environment_.err << one_line("unreadable: " + why) << '\n';
  }

  void save_pictures(const TapMessage& message) {
    for (const Picture& picture : message.pictures) save(picture.name, picture.jpeg);
    if (!message.scene) return;
    const auto scene = fetch_scene(*message.scene);
    if (scene) return save(message.scene_name, *scene);
    environment_.err << one_line("no picture: " + scene.error().message) << '\n';
  }

  void save(const std::string& name, std::string_view jpeg) {
    if (const auto saved = folder_->save(name, jpeg); !saved)
      environment_.err << saved.error().message << '\n';
  }

  const TapOptions& options_;
  std::optional<PictureFolder> folder_;
  Environment& environment_;
  std::uint64_t shown_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t unreadable_ = 0;
};

Result<int> tap(const TapOptions& options, Environment& environment) {
  std::optional<PictureFolder> folder;
  if (!options.images.empty()) {
    auto opened = PictureFolder::open(options.images);
    if (!opened) return tl::unexpected(std::move(opened).error());
    folder = std::move(*opened);
  }
  const auto bus = connect(options.bus, environment);
  if (!bus) return tl::unexpected(bus.error());
  const auto subscriber = (*bus)->make_subscriber(
      {.role = bus::Subscriber::Role::kObserver, .queue_messages = queue_messages(options.prefixes)});
  return Tap(options, std::move(folder), environment).run(*subscriber);
}

}  // namespace

void add_tap_command(CLI::App& app, Program& program) {
  CLI::App* command =
      app.add_subcommand("tap", "show what passes on topics: frames, bodies, alarms, events, reports");
  const auto options = std::make_shared<TapOptions>();
  const auto pattern = std::make_shared<std::string>();
  command
      ->add_option(
          "PATTERN", *pattern,
          "frame, body, alarm, event or report, with /TASK and /ALGORITHM to narrow it; system: the events "
          "that are of no task alone; *: all but body")
      ->required();
  command->add_option("--count", options->count, "end after this many messages")->type_name("N");
  command->add_flag("--json", options->as_json, "one JSON object a line");
  command->add_option("--images", options->images, "save the pictures as files here")->type_name("DIR");
  options->bus.add_to(*command);
  command->callback([&program, options, pattern] {
    auto prefixes = topic_prefixes(*pattern);
    if (!prefixes) throw CLI::ValidationError("PATTERN", prefixes.error().message);
    options->prefixes = std::move(*prefixes);
    program.action = [options](Environment& environment) { return tap(*options, environment); };
  });
}

}  // namespace stream::cli
